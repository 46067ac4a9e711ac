import { nearestCommand, commands } from './commands.mjs';
import { say } from './progress.mjs';
import { ToolFailed } from './tool.mjs';

/** Runs one command of the root package and leaves its exit status. */
export async function main([name, ...args]) {
  const command = commands[name ?? ''];
  if (command === undefined) {
    say(`USAGE: npm run <${Object.keys(commands).join('|')}> [-- arguments]`);
    const meant = nearestCommand(name ?? '');
    if (meant !== undefined) say(`  "${name}" is not known; did you mean ${meant}?`);
    process.exitCode = 1;
    return;
  }
  try {
    process.exitCode = await command(args);
  } catch (error) {
    if (!(error instanceof ToolFailed)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}
