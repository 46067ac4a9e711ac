import { identityNumbers, type AgentFolder } from '../identity/agent-folder.ts';
import { loadIdentity } from '../identity/identity.ts';
import { choiceWords, progressWords } from '@sedge/kit';
import { SedgeError, type ModelStatus } from '@sedge/protocol';
import { readStatus, type AgentStatus, type IdentityStatus } from '../status/status-file.ts';
import type { CommandContext } from './command-context.ts';
import { folderOf, readConfig } from './settings.ts';

/** Says who this agent is, whether it runs, and what it does. Throws NOT_ENROLLED. */
export async function statusCommand({ json }: { readonly json: boolean }, context: CommandContext): Promise<void> {
  const folder = folderOf(readConfig(context), context);
  const enrolled = await enrolledIdentities(folder);
  const running = await runningStatus(folder, context);
  if (json) {
    context.write(JSON.stringify({ running: running !== undefined, directory: folder.root, enrolled, ...running }));
    return;
  }
  context.write(running === undefined ? 'The agent does not run.' : `The agent runs as process ${running.processId}.`);
  if (running?.localUrl !== undefined) context.write(`Programs on this machine find it at ${running.localUrl}/v2.`);
  for (const { number, name, node, coordinator } of enrolled) {
    context.write(`${number}: ${name} (${node}) at ${coordinator}`);
    const status = running?.identities.find((identity) => identity.number === number);
    if (status !== undefined) for (const line of linesOf(status)) context.write(`   ${line}`);
  }
}

interface EnrolledIdentity {
  readonly number: number;
  readonly node: string;
  readonly name: string;
  readonly project: string;
  readonly coordinator: string;
}

async function enrolledIdentities(folder: AgentFolder): Promise<EnrolledIdentity[]> {
  const numbers = await identityNumbers(folder);
  if (numbers.length === 0) throw new SedgeError('NOT_ENROLLED', folder.root, { expose: true });
  const held = await Promise.all(numbers.map((number) => loadIdentity(folder.identity(number))));
  return held.map(({ folder: { number }, identity: { node, name, project, coordinator } }) => ({
    number,
    node,
    name,
    project,
    coordinator: coordinator.url,
  }));
}

/** The status file of a process that still lives; one that was killed leaves its file behind. */
async function runningStatus(folder: AgentFolder, { processes }: CommandContext): Promise<AgentStatus | undefined> {
  const status = await readStatus(folder.status);
  if (status === undefined || (await processes.birthOf(status.processId)) === undefined) return undefined;
  return status;
}

/** Why a node takes no work, in words. */
const SHEDDING_WORDS = { hot: 'it is too hot', battery: 'its battery is low' } as const;

function linesOf({ connected, refusal, shedding, models, datasets, queue }: IdentityStatus): string[] {
  return [
    connected ? 'connected' : 'not connected',
    ...(refusal === undefined ? [] : refusalLines(refusal)),
    ...(shedding === undefined ? [] : [`takes no work: ${SHEDDING_WORDS[shedding]}`]),
    ...models.flatMap(modelLines),
    ...datasets.map(({ name, examples }) => `data set ${name}: ${examples} examples`),
    `under way: ${queue.inference} inferences, ${queue.training} trainings`,
  ];
}

function modelLines({ name, version, state, engine, choice, progress, error }: ModelStatus): string[] {
  const facts = [
    ...(engine === undefined ? [] : [`on ${engine}`]),
    ...(choice === undefined ? [] : [choiceWords(choice)]),
    ...(progress === undefined ? [] : [progressWords(progress)]),
    ...(error === undefined ? [] : [error.code]),
  ];
  const line = `model ${name}@${version}: ${state}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}`;
  return error === undefined ? [line] : [line, `  ${error.detail}`];
}

function refusalLines({ code, say, detail, since }: NonNullable<IdentityStatus['refusal']>): string[] {
  return [`refused since ${since}: ${code}: ${say}`, `  ${detail}`];
}
