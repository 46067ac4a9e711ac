import { encodeSafetensors, type RoundOffer, type Tensor } from '@sedge/protocol';

/** One round as a trainer gets it. */
export interface TrainerJob {
  readonly offer: RoundOffer;
  /** Seeds the order of the examples: the same for the same node, run and round. */
  readonly seed: bigint;
  /** Of the round. */
  readonly weights: readonly Tensor[];
  /** Features, then labels. */
  readonly examples: readonly Tensor[];
  readonly count: number;
}

/** Where a trainer that is started finds and leaves its files. */
export interface TrainerPaths {
  readonly weights: string;
  readonly features: string;
  readonly labels: string;
  readonly result: string;
  readonly metrics: string;
}

/** Names the exchange that docs/guides/other-trainers.md describes; another one gets another number. */
export const TRAINER_FORMAT = 'sedge.trainer/v1';

/** What a trainer is told of its round, as JSON. */
export function trainerConfig({ offer, seed, count }: TrainerJob, timeoutMs: number, paths?: TrainerPaths) {
  const { run, round, model, dataset, local, parameters } = offer;
  return {
    format: TRAINER_FORMAT,
    run,
    round,
    model,
    dataset,
    examples: count,
    local,
    /** A text, because JSON readers round 64 bits. */
    seed: String(seed),
    parameters,
    timeoutMs,
    ...(paths !== undefined && { paths }),
  };
}

export type TrainerConfig = ReturnType<typeof trainerConfig>;

/** The weights of the round in the order of its parameters, those that it does not train behind them. */
export function encodeWeights({ offer, weights }: TrainerJob): Uint8Array<ArrayBuffer> {
  const places = new Map(offer.parameters.map(({ name }, place) => [name, place]));
  const placeOf = ({ name }: Tensor): number => places.get(name) ?? places.size;
  return encodeSafetensors(weights.toSorted((left, right) => placeOf(left) - placeOf(right)));
}
