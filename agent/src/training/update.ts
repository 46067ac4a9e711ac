import { clipToNorm, encodeTensorFrame, float32Tensor, type RoundOffer, type UpdateHead } from '@sedge/protocol';

/** What training brought. */
export interface Trained {
  readonly delta: Float32Array;
  readonly examples: number;
  readonly metrics: readonly { readonly name: string; readonly value: number }[];
}

const METRICS_MAX = 32;

/** The update as it leaves the node: clipped where the offer asks for it, and then without counts and metrics. */
export function encodeUpdate(
  { attempt, clipNorm }: Pick<RoundOffer, 'attempt' | 'clipNorm'>,
  { delta, examples, metrics }: Trained,
): Uint8Array<ArrayBuffer> {
  const values = clipNorm === undefined ? delta : clipToNorm(delta, clipNorm);
  const open = { examples, metrics: metrics.filter(({ value }) => Number.isFinite(value)).slice(0, METRICS_MAX) };
  const head: UpdateHead = { attempt, ...(clipNorm === undefined ? open : {}) };
  return encodeTensorFrame(head, [float32Tensor('delta', [values.length], values)]);
}
