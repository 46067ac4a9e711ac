import type { PayloadKind } from '../envelope.ts';
import { blobRefused, blobRequest } from '../messages/blob.ts';
import { inferCancel, inferRequestHead, inferResponseHead } from '../messages/inference.ts';
import {
  birth,
  command,
  commandAccepted,
  commandRejected,
  heartbeat,
  nodeState,
  type Command,
} from '../messages/node.ts';
import {
  roundAnswer,
  roundClosed,
  roundOffer,
  trainingProgress,
  updateAck,
  updateHead,
  type RoundOffer,
} from '../messages/training.ts';
import { desiredTwin, reportedTwin, type DesiredTwin } from '../messages/twin.ts';
import { byteFrames, channel, json, signed, tensorFrames } from './channel.ts';

export const DESIRED_TWIN: PayloadKind<DesiredTwin> = {
  payloadType: 'application/vnd.sedge.desired-twin.v1+json',
  schema: desiredTwin,
};
export const COMMAND: PayloadKind<Command> = {
  payloadType: 'application/vnd.sedge.command.v1+json',
  schema: command,
};
export const ROUND_OFFER: PayloadKind<RoundOffer> = {
  payloadType: 'application/vnd.sedge.round-offer.v1+json',
  schema: roundOffer,
};

/** All that is said over MQTT between a node and the coordinator. */
export const channels = {
  state: channel({
    path: 'up/state',
    qos: 1,
    retain: true,
    payload: json(nodeState),
    summary: 'Whether the node is connected. The same topic is its last will.',
  }),
  heartbeat: channel({
    path: 'up/hb',
    qos: 0,
    payload: json(heartbeat),
    summary: 'Resources, models and queues, every few seconds. A gap in `seq` makes the coordinator ask for a birth.',
  }),
  birth: channel({
    path: 'up/birth',
    qos: 1,
    payload: json(birth),
    summary: 'All that the node can do: platform, engines, data sets, models. After every connect and on request.',
  }),
  desiredTwin: channel({
    path: 'down/twin',
    qos: 1,
    payload: signed(DESIRED_TWIN),
    summary: 'What the node should be. Sent on every change and after every birth.',
  }),
  reportedTwin: channel({
    path: 'up/twin',
    qos: 1,
    payload: json(reportedTwin),
    summary: 'What the node is, and which desired version it has made so.',
  }),
  command: channel({
    path: 'down/cmd/{name}/{requestId}',
    qos: 1,
    payload: signed(COMMAND),
    summary: 'One command. A late one, by `expiresAt`, does nothing.',
  }),
  commandAccepted: channel({
    path: 'up/cmd/{requestId}/accepted',
    qos: 1,
    payload: json(commandAccepted),
    summary: 'The command was carried out.',
  }),
  commandRejected: channel({
    path: 'up/cmd/{requestId}/rejected',
    qos: 1,
    payload: json(commandRejected),
    summary: 'The command was refused, with a code of the error catalogue.',
  }),
  inferRequest: channel({
    path: 'down/infer/{requestId}',
    qos: 0,
    payload: tensorFrames(inferRequestHead),
    summary: 'Input tensors for one model version.',
  }),
  inferCancel: channel({
    path: 'down/infer/{requestId}/cancel',
    qos: 0,
    payload: json(inferCancel),
    summary: 'Nobody waits for the answer any more.',
  }),
  inferResponse: channel({
    path: 'up/infer/{requestId}',
    qos: 0,
    payload: tensorFrames(inferResponseHead),
    summary: 'Output tensors, or an error.',
  }),
  roundOffer: channel({
    path: 'down/train/{run}/{round}/offer',
    qos: 1,
    payload: signed(ROUND_OFFER),
    summary: 'An invitation to train in one round.',
  }),
  roundAnswer: channel({
    path: 'up/train/{run}/{round}/answer',
    qos: 1,
    payload: json(roundAnswer),
    summary: 'Whether the node takes part, and if not, why.',
  }),
  roundProgress: channel({
    path: 'up/train/{run}/{round}/progress',
    qos: 0,
    payload: json(trainingProgress),
    summary: 'How far the one node of a local run is.',
  }),
  roundUpdate: channel({
    path: 'up/train/{run}/{round}/update',
    qos: 1,
    payload: tensorFrames(updateHead),
    summary: 'The clipped difference between local and global weights.',
  }),
  roundAck: channel({
    path: 'down/train/{run}/{round}/ack',
    qos: 1,
    payload: json(updateAck),
    summary: 'What is stored of the update. The node sends on from there.',
  }),
  roundClosed: channel({
    path: 'down/train/{run}/{round}/closed',
    qos: 1,
    payload: json(roundClosed),
    summary: 'The round takes no more updates.',
  }),
  blobRequest: channel({
    path: 'up/blob/{digest}/get',
    qos: 1,
    payload: json(blobRequest),
    summary: 'Asks for the next chunks of a blob. The digest stands without its prefix.',
  }),
  blobRefused: channel({
    path: 'down/blob/{digest}/refused',
    qos: 1,
    payload: json(blobRefused),
    summary: 'The blob cannot be had.',
  }),
  blobChunk: channel({
    path: 'down/blob/{digest}/{offset}',
    qos: 1,
    payload: byteFrames(),
    summary: 'One chunk of a blob.',
  }),
} as const;

export type Channels = typeof channels;
export type ChannelName = keyof Channels;
