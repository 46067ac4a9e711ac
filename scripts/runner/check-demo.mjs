import { readFileSync } from 'node:fs';

/** What the demonstration has to reach on the published digits; drawn ones are no measure of anything. */
const figures = {
  'all 50 nodes take part': ({ nodes }) => nodes === 50,
  'no request failed': ({ inference }) => inference.requests >= 100 && inference.failed === 0,
  'latencies are measured': ({ inference }) => isWithin(inference.p50Ms, 0.001, inference.p99Ms),
  '20 rounds without privacy': ({ training }) => training.plain.rounds === 20,
  'accuracy without privacy is at least 91 %': ({ training, dataset }) =>
    isDrawn(dataset) || isWithin(training.plain.accuracy, 0.91, 1),
  '20 rounds with privacy': ({ training }) => training.private.rounds === 20,
  'accuracy with privacy is at least 75 %': ({ training, dataset }) =>
    isDrawn(dataset) || isWithin(training.private.accuracy, 0.75, 1),
  'epsilon is at most 6 at delta 1e-3': ({ training }) =>
    isWithin(training.private.epsilon, 0.001, 6) && training.private.delta === 1e-3,
  'the exported model answers like the component': ({ exported }) => isWithin(exported.maxDifference, 0, 1e-5),
  'it took at most 150 s': ({ seconds }) => isWithin(seconds.total, 1, 150),
};

/** What is no number, such as the null that stands for NaN in JSON, lies nowhere. */
function isWithin(value, least, most) {
  return typeof value === 'number' && value >= least && value <= most;
}

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
