import { toUtf8, type Crypto, type NodeId, type RoundOffer } from '@sedge/protocol';

/** Seeds the order of examples: the same for the same node, run and round, so that training again gives the same. */
export function batchSeed(
  crypto: Pick<Crypto, 'sha256'>,
  { seed, run, round }: Pick<RoundOffer, 'seed' | 'run' | 'round'>,
  node: NodeId,
): bigint {
  const hash = crypto.sha256(toUtf8(JSON.stringify([seed, run, round, node])));
  return new DataView(hash.buffer, hash.byteOffset).getBigUint64(0, true);
}
