import { Command } from 'commander';

/** A command that only holds others. */
export function groupOf(parent: Command, name: string, description: string): Command {
  return silenced(parent.command(name).description(description));
}

/** A command that does something: it takes --json like every other. */
export function commandOf(parent: Command, usage: string, description: string): Command {
  return silenced(parent.command(usage).description(description).option('--json', 'answer in JSON, for programs'));
}

export function rootCommand(version: string): Command {
  const root = new Command('sedge').description('Operates a Sedge coordinator: nodes, models, inference, training.');
  return silenced(root.version(version).showSuggestionAfterError(true));
}

/** Errors are thrown to main.ts, which prints them in the form that all errors have. */
function silenced(command: Command): Command {
  return command.exitOverride().configureOutput({ outputError: () => undefined });
}

/** For options that may be given several times. */
export function collected(value: string, earlier: string[] | undefined): string[] {
  return [...(earlier ?? []), value];
}
