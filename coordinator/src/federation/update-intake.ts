import {
  ChunkAssembler,
  decodeChunk,
  decodeTensorFrame,
  float32Values,
  parameterCount,
  SedgeError,
  asSedgeError,
  updateHead,
  type Crypto,
  type ErrorCode,
  type NodeId,
  type ParameterSpec,
  type UpdateAck,
  type UpdateHead,
} from '@sedge/protocol';
import type { Clock, Log } from '@sedge/kit';
import type { Fleet, UpdateSpool } from './ports.ts';
import { updateRefusal } from './round.ts';
import type { RunDriver } from './run-driver.ts';
import { verifyUpdate } from './verify-update.ts';

export interface UpdateIntakeOptions {
  readonly driver: RunDriver;
  readonly parameters: readonly ParameterSpec[];
  readonly spool: UpdateSpool;
  readonly fleet: Pick<Fleet, 'examplesOf'>;
  readonly crypto: Pick<Crypto, 'sha256'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/** Room for the head of the frame beside the vector. */
const HEAD_BYTES_MAX = 64 * 1024;
/** A node that starts anew leaves one unfinished stream behind. */
const STREAMS_PER_NODE_MAX = 2;

type Status = Pick<UpdateAck, 'nextSequence' | 'complete'> & { readonly code?: ErrorCode };

/**
 * Takes the updates of one run, chunk by chunk: admit, assemble, read, verify, store, record. The last chunk is
 * acknowledged as complete only when the update is on the disk and its event with it; an acknowledgement before that
 * only paces the sender, whose stream begins again if this process does.
 */
export class UpdateIntake {
  readonly #options: UpdateIntakeOptions;
  readonly #assemblers = new Map<NodeId, ChunkAssembler>();

  constructor(options: UpdateIntakeOptions) {
    this.#options = options;
  }

  /** The answer to one chunk frame. Throws FRAME_MALFORMED and DIGEST_MISMATCH for what is no chunk frame. */
  async take(node: NodeId, round: number, frame: Uint8Array): Promise<UpdateAck> {
    const { crypto, log } = this.#options;
    const { sequence, stream } = decodeChunk(crypto, frame);
    try {
      return { stream, ...(await this.#takeChunk(node, round, frame)) };
    } catch (error) {
      const { code } = asSedgeError(error);
      log.warn('an update was refused', { run: this.#options.driver.run.id, round, node, code, error });
      return { stream, nextSequence: sequence, complete: false, code };
    }
  }

  /** Unfinished streams of a round that has closed are of no use. */
  forget(): void {
    this.#assemblers.clear();
  }

  async #takeChunk(node: NodeId, round: number, frame: Uint8Array): Promise<Status> {
    const refused = this.#refusal(node, round);
    if (refused === 'already') return { nextSequence: 0, complete: true };
    if (refused !== undefined) return { nextSequence: 0, complete: false, code: refused };
    const { bytes, nextSequence } = this.#assemblerOf(node).accept(frame);
    if (bytes === undefined) return { nextSequence, complete: false };
    const code = await this.#record(node, round, bytes);
    return { nextSequence, ...(code === undefined ? { complete: true } : { complete: false, code }) };
  }

  #refusal(node: NodeId, roundNumber: number): ErrorCode | 'already' | undefined {
    const { clock, driver } = this.#options;
    const { round } = driver.run;
    if (round?.round !== roundNumber) return 'ROUND_CLOSED';
    const isStored = round.participants?.some((one) => one.node === node && one.participation === 'updated');
    return isStored === true ? 'already' : updateRefusal(round, { node, at: clock.now() });
  }

  async #record(node: NodeId, round: number, bytes: Uint8Array): Promise<ErrorCode | undefined> {
    const { clock, driver, fleet, spool } = this.#options;
    const { delta, head } = this.#read(bytes);
    const { dataset, privacy } = driver.run.plan;
    const norm = verifyUpdate(delta, { length: this.#length, clipNorm: privacy?.clipNorm });
    const digest = await spool.put({ run: driver.run.id, round, node }, new Uint8Array(delta.buffer));
    // Under privacy neither count nor norm is kept, whatever the node has sent.
    const known = privacy === undefined ? { norm, examples: examplesOf(head, fleet.examplesOf(node, dataset)) } : {};
    const at = clock.now();
    return driver.take({
      kind: 'round',
      round,
      event: { kind: 'update-stored', at, node, update: { digest, ...known } },
    });
  }

  #read(bytes: Uint8Array): { head: UpdateHead; delta: Float32Array<ArrayBuffer> } {
    const { head, tensors } = decodeTensorFrame(bytes, updateHead);
    const [delta, ...more] = tensors;
    if (delta?.name !== 'delta' || more.length > 0) {
      throw new SedgeError('UPDATE_INVALID', 'an update is one tensor with the name delta');
    }
    return { head, delta: float32Values(delta) };
  }

  get #length(): number {
    return parameterCount(this.#options.parameters);
  }

  #assemblerOf(node: NodeId): ChunkAssembler {
    const known = this.#assemblers.get(node);
    if (known !== undefined) return known;
    const made = new ChunkAssembler(this.#options.crypto, {
      streamBytesMax: this.#length * Float32Array.BYTES_PER_ELEMENT + HEAD_BYTES_MAX,
      openStreamsMax: STREAMS_PER_NODE_MAX,
    });
    this.#assemblers.set(node, made);
    return made;
  }
}

/** Without privacy the mean is weighted by examples. A node counts for no more than it said at birth that it holds. */
function examplesOf({ examples }: UpdateHead, held: number): number {
  if (examples !== undefined && examples <= held) return examples;
  throw new SedgeError('UPDATE_INVALID', `the update counts ${examples ?? 'no'} examples, the node holds ${held}`);
}
