import { agentConfig } from '@sedge/agent';
import { cliConfig } from '@sedge/cli';
import { coordinatorConfig } from '@sedge/coordinator';
import { configRows } from '@sedge/kit';
import type { DocumentedProgram } from './commands-page.ts';
import type { ConfiguredProcess } from './configuration-page.ts';

/** What of commander's command the help needs. */
interface CommandTree {
  readonly commands: readonly CommandTree[];
  name(): string;
  helpInformation(): string;
}

/** Modules that run programs and that no package lists: programs import them, libraries do not. */
interface CliProgram {
  readonly programOf: (shell: object, version: string) => CommandTree;
}
interface AgentProgram {
  readonly runProgram: (words: readonly string[], context: object) => Promise<number>;
}

/** The generator and its test run from the sources, never from a build: there these paths would not lead anywhere. */
async function sourceModule<Module>(path: string): Promise<Module> {
  return (await import(new URL(`../../../${path}`, import.meta.url).href)) as Module;
}

export async function documentedPrograms(): Promise<DocumentedProgram[]> {
  const { programOf } = await sourceModule<CliProgram>('cli/src/program.ts');
  const { runProgram } = await sourceModule<AgentProgram>('agent/src/commands/program.ts');
  return [
    {
      name: 'sedge',
      intro: 'For operators, engineers and programs. Where the coordinator is stands in `SEDGE_URL` and `SEDGE_TOKEN`.',
      help: async (words) => findCommand(programOf({}, ''), words).helpInformation(),
    },
    {
      name: 'sedge-agent',
      intro: 'On the node. `SEDGE_AGENT_DIR` names the folder of its identities, data sets and cached models.',
      help: (words) => printedHelp(runProgram, words),
    },
  ];
}

export function configuredProcesses(): ConfiguredProcess[] {
  return [
    {
      title: 'Coordinator',
      intro: 'Read by `npm start` and `sedge serve`. Options of `sedge serve` go before both.',
      rows: configRows(coordinatorConfig),
    },
    { title: 'Agent', intro: 'Read by `sedge-agent`.', rows: configRows(agentConfig) },
    { title: 'Command line', intro: 'Read by all other commands of `sedge`.', rows: configRows(cliConfig) },
  ];
}

function findCommand(root: CommandTree, words: readonly string[]): CommandTree {
  return words.reduce((command, word) => {
    const found = command.commands.find((child) => child.name() === word);
    if (found === undefined) throw new TypeError(`${command.name()} has no command ${word}`);
    return found;
  }, root);
}

async function printedHelp(run: AgentProgram['runProgram'], words: readonly string[]): Promise<string> {
  const written: string[] = [];
  const write = (text: string): void => void written.push(text);
  const status = await run([...words, '--help'], { write, writeError: write });
  if (status !== 0) throw new TypeError(`the help of ${words.join(' ')} ended with ${status}: ${written.join('\n')}`);
  return written.join('\n');
}
