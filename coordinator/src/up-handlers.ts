import { runId, SedgeError, type RunId } from '@sedge/protocol';
import type { Log } from '@sedge/kit';
import type { BlobSender } from './broker/blob-sender.ts';
import type { UpHandlers } from './broker/dispatch.ts';
import type { Rounds } from './federation/rounds.ts';
import type { Fleet } from './fleet/fleet.ts';
import type { NodeCommands } from './fleet/node-commands.ts';
import type { Gateway } from './inference/gateway.ts';

export interface Hearers {
  readonly fleet: Pick<Fleet, 'onState' | 'onHeartbeat' | 'onBirth' | 'onReportedTwin'>;
  readonly commands: Pick<NodeCommands, 'onAccepted' | 'onRejected'>;
  readonly gateway: Pick<Gateway, 'onResponse'>;
  readonly rounds: Pick<Rounds, 'onAnswer' | 'onProgress' | 'onUpdateChunk'>;
  readonly blobs: Pick<BlobSender, 'answer'>;
  readonly log: Log;
}

const ROUND = /^[1-9]\d{0,8}$/;

/** Who hears what nodes say. */
export function upHandlers({ fleet, commands, gateway, rounds, blobs, log }: Hearers): UpHandlers {
  return {
    state: ({ from, body }) => fleet.onState(from.node, body),
    heartbeat: ({ from, body }) => fleet.onHeartbeat(from.node, body),
    birth: ({ from, body }) => fleet.onBirth(from.node, body),
    reportedTwin: ({ from, body }) => fleet.onReportedTwin(from.node, body),
    commandAccepted: ({ from, body }) => {
      log.debug('a command was carried out', { node: from.node, id: body.id });
      commands.onAccepted(from.node, body.id);
    },
    commandRejected: ({ from, body }) => {
      log.warn('a node refused a command', { node: from.node, id: body.id, code: body.code });
      commands.onRejected(from.node, body.id, body.code);
    },
    inferResponse: (message) => gateway.onResponse(message),
    roundAnswer: ({ from, parameters, body }) => rounds.onAnswer(from.node, roundOf(parameters), body),
    roundProgress: ({ from, parameters, body }) => rounds.onProgress(from.node, roundOf(parameters), body),
    roundUpdate: ({ from, parameters, body }) => rounds.onUpdateChunk(from.node, roundOf(parameters), body),
    blobRequest: (message) => blobs.answer(message),
  };
}

function roundOf({ run, round }: { readonly run: string; readonly round: string }): { run: RunId; round: number } {
  const id = runId.safeParse(run);
  if (!id.success || !ROUND.test(round)) throw new SedgeError('INVALID_FIELD', `${run}/${round} is no round of a run`);
  return { run: id.data, round: Number(round) };
}
