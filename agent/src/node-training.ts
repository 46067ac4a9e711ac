import type { Log } from '@sedge/kit';
import type { RoundOffer, TrainingProgressMessage } from '@sedge/protocol';
import { TrainerRegistry } from './external-trainer/trainer-registry.ts';
import type { HeldIdentity } from './identity/identity.ts';
import type { BlobSource } from './models/blob-source.ts';
import type { KnownManifests } from './models/known-manifests.ts';
import type { NodeParts } from './node-parts.ts';
import { rowEvaluator } from './training/evaluate-rows.ts';
import type { HeldExamples } from './training/held-examples.ts';
import { LocalTraining } from './training/local-training.ts';
import { Participant } from './training/participant.ts';
import type { Outbox } from './uplink/outbox.ts';

/** What one identity brings to its trainings, beside what all identities of the process share. */
export interface NodeTrainingOptions {
  readonly parts: NodeParts;
  readonly held: HeldIdentity;
  readonly log: Log;
  readonly outbox: Outbox;
  readonly whenConnected: (signal: AbortSignal) => Promise<void>;
  /** The roads to content, the better one first. */
  readonly sources: readonly BlobSource[];
  readonly manifests: KnownManifests;
  readonly examples: HeldExamples;
}

/** Puts together what takes part in rounds for one identity. */
export function nodeParticipant(options: NodeTrainingOptions): Participant {
  const { parts, held, log, outbox, whenConnected } = options;
  const { shedder, trainings } = parts;
  return new Participant({
    ...parts,
    log,
    training: localTraining(options),
    inTurn: (task) => trainings.run(held.identity.node, task),
    admit: () => shedder.admit(),
    answer: (offer, answer) => outbox.roundAnswer(offer, answer),
    send: (offer, frame) => outbox.updateFrame(offer, frame),
    progress: (offer, message) => tellProgress(options, offer, message),
    whenConnected,
  });
}

function localTraining({ parts, held, sources, manifests, examples }: NodeTrainingOptions): LocalTraining {
  const { crypto, fetcher, hosts, quarantine, roundWeights, trainers } = parts;
  const bound = new TrainerRegistry(held.folder.trainers);
  return new LocalTraining({
    node: held.identity.node,
    crypto,
    model: async (ref) => {
      const trusted = await manifests.get(ref);
      quarantine.refuse(trusted.manifest);
      return trusted;
    },
    examples: (name) => examples.open(name),
    content: (digest, bytesMax, signal) => fetcher.fetch({ digest, bytesMax }, sources, signal),
    contentPath: (digest, bytesMax, signal) => fetcher.ensure({ digest, bytesMax }, sources, signal),
    noteRoundWeights: (digest) => roundWeights.note(digest),
    train: (job, training, group) => hosts.train(job, training, group),
    evaluate: rowEvaluator(hosts),
    trainOutside: async (job, training) => {
      const binding = await bound.find(job.offer.model.name);
      return binding && trainers.train(binding, job, training);
    },
  });
}

/** Nobody waits for it, and the update says more. */
function tellProgress(
  { outbox, log }: NodeTrainingOptions,
  { run, round }: RoundOffer,
  message: TrainingProgressMessage,
): void {
  outbox
    .roundProgress({ run, round }, message)
    .catch((error: unknown) => log.debug('a progress did not leave', { run, error }));
}
