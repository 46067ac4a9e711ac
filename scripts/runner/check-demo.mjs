import { readFileSync } from 'node:fs';

/** What the demonstration has to reach on the published digits; drawn ones are no measure of anything. */
const figures = {
  'all 50 nodes take part': ({ nodes }) => nodes === 50,
  'no request failed': ({ inference }) => inference.requests >= 100 && inference.failed === 0,
  'latencies are measured': ({ inference }) => inference.p50Ms > 0 && inference.p99Ms >= inference.p50Ms,
  '20 rounds without privacy': ({ training }) => training.plain.rounds === 20,
  'accuracy without privacy is at least 91 %': ({ training, dataset }) =>
    isDrawn(dataset) || training.plain.accuracy >= 0.91,
  '20 rounds with privacy': ({ training }) => training.private.rounds === 20,
  'accuracy with privacy is at least 75 %': ({ training, dataset }) =>
    isDrawn(dataset) || training.private.accuracy >= 0.75,
  'epsilon is at most 6 at delta 1e-3': ({ training }) =>
    training.private.epsilon > 0 && training.private.epsilon <= 6 && training.private.delta === 1e-3,
  'the exported model answers like the component': ({ exported }) => exported.maxDifference <= 1e-5,
  'it took at most 150 s': ({ seconds }) => seconds.total <= 150,
};

function isDrawn(dataset) {
  return dataset.origin === 'drawn';
}

const path = process.argv[2];
const summary = JSON.parse(readFileSync(path, 'utf8'));
for (const [claim, holds] of Object.entries(figures)) {
  const isTrue = holds(summary);
  console.log(`${isTrue ? 'holds' : 'FAILS'}: ${claim}`);
  if (!isTrue) process.exitCode = 1;
}
if (process.exitCode === 1) console.log(JSON.stringify(summary, null, 2));
