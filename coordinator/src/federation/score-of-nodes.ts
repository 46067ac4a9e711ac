import { SedgeError, type NodeId, type RunId } from '@sedge/protocol';
import type { UpdateSpool } from './ports.ts';
import type { Metrics, StoredUpdate } from './round-state.ts';

export interface ScoredRound {
  readonly run: RunId;
  readonly round: number;
  readonly updates: readonly (StoredUpdate & { readonly node: NodeId })[];
}

/** Accuracy and mean loss over the rows of all nodes, from the sums that each sent. Throws UPDATE_INVALID. */
export async function scoreOfNodes(
  spool: Pick<UpdateSpool, 'get'>,
  { run, round, updates }: ScoredRound,
): Promise<Metrics> {
  let [right, lossSum, examples] = [0, 0, 0];
  for (const { digest, examples: rows = 0, node } of updates) {
    const [rightHere = 0, lossHere = 0] = new Float32Array((await spool.get({ run, round, node }, digest)).buffer);
    if (rightHere < 0 || rightHere > rows || lossHere < 0) {
      throw new SedgeError('UPDATE_INVALID', `node ${node} says that ${rightHere} of ${rows} rows are right`);
    }
    right += rightHere;
    lossSum += lossHere;
    examples += rows;
  }
  if (examples === 0) throw new SedgeError('TOO_FEW_UPDATES', 'no node scored anything');
  return { accuracy: right / examples, loss: lossSum / examples, examples };
}
