import type { ConfigRow } from '@sedge/kit';
import { GENERATED } from './page.ts';

/** A process and its settings. */
export interface ConfiguredProcess {
  readonly title: string;
  readonly intro: string;
  readonly rows: readonly ConfigRow[];
}

/** docs/reference/configuration.md, from the tables of settings. */
export function configurationPage(processes: readonly ConfiguredProcess[]): string {
  return [
    '# Configuration',
    '',
    GENERATED,
    '',
    'A setting is an environment variable, or a value in a YAML file named by `SEDGE_CONFIG`; the environment wins. A bad',
    'value or an unknown name stops the start and names the variable. Each program takes a file of its own.',
    ...processes.flatMap(section),
    ...SCRIPTS,
    '',
  ].join('\n');
}

/** Not a setting of a program that is started on its own, so it has no table. */
const SCRIPTS = [
  '',
  '## Demonstration and local fleet',
  '',
  '`SEDGE_DATA_DIR` names a folder of data sets; `npm run demo` and `npm run dev` look there first. An agent gives',
  '`SEDGE_TRAINER_CONFIG` and `SEDGE_TRAINER_FOLDER` to the programs that train for it, and reads neither.',
];

function section({ intro, rows, title }: ConfiguredProcess): string[] {
  return [
    '',
    `## ${title}`,
    '',
    intro,
    '',
    '| Variable | In YAML | Allowed | Default | Meaning |',
    '|---|---|---|---|---|',
    ...rows.map(
      (row) =>
        `| \`${row.env}\` | \`${row.path}\` | ${cell(row.allowed)} | ${row.default === undefined ? '–' : `\`${row.default}\``} | ${cell(row.doc)} |`,
    ),
  ];
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
