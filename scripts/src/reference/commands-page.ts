import { GENERATED } from './page.ts';

/** A program of ours that can say how it is used. */
export interface DocumentedProgram {
  readonly name: string;
  /** Stands between the heading and the help. */
  readonly intro: string;
  /** What `--help` prints behind these words; none for the program itself. */
  readonly help: (words: readonly string[]) => Promise<string>;
}

/** docs/reference/cli.md: what `--help` prints, for each command of each program. */
export async function commandsPage(programs: readonly DocumentedProgram[]): Promise<string> {
  const sections = await Promise.all(programs.map(programSection));
  return ['# Command line', '', GENERATED, '', ...INTRO, ...sections.flat(), ''].join('\n');
}

const INTRO = [
  'Every command takes `--json` and then prints JSON on standard output. The exit status is 0 only on success. An error',
  'goes to standard error with its code, what is wrong and what to do; the codes stand in [errors.md](errors.md).',
];

async function programSection(program: DocumentedProgram): Promise<string[]> {
  const [whole = '', ...commands] = await helpTexts(program, []);
  return ['', `## ${program.name}`, '', program.intro, whole, ...commands];
}

/** A command, then the commands below it, each as a block of its own. */
async function helpTexts(program: DocumentedProgram, words: readonly string[]): Promise<string[]> {
  const help = (await program.help(words)).trimEnd();
  const heading = words.length === 0 ? '' : `\n### ${[program.name, ...words].join(' ')}\n`;
  const below = await Promise.all(subcommands(help).map((name) => helpTexts(program, [...words, name])));
  return [`${heading}\n\`\`\`text\n${help}\n\`\`\``, ...below.flat()];
}

/** The names in the list of commands, without commander's own `help`. */
function subcommands(help: string): string[] {
  const [, list = ''] = help.split('\nCommands:\n');
  return [...list.matchAll(/^ {2}([a-z][a-z-]*)/gm)].flatMap(([, name = '']) => (name === 'help' ? [] : [name]));
}
