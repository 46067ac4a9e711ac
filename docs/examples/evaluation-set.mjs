// An evaluation set for the coordinator, as safetensors, from a CSV file whose last column is the class.
//   node docs/examples/evaluation-set.mjs test.csv test.safetensors --classes ok,worn --scale 1
// Plain numbers only, no quotes; a first line of names is passed over. Without --classes the last column is a number.
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { float32, int32, safetensors } from './safetensors.mjs';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { classes: { type: 'string' }, scale: { type: 'string', default: '1' } },
});
const [csv, file] = positionals;
const classes = values.classes?.split(',');
const scale = Number(values.scale);

const lines = readFileSync(csv, 'utf8')
  .split('\n')
  .filter((line) => line.trim() !== '');
const rows = lines.map((line) => line.trim().split(',')).filter(([first]) => Number.isFinite(Number(first)));
const labels = rows.map((row) => (classes === undefined ? Number(row.at(-1)) : classes.indexOf(row.at(-1))));
const features = rows.map((row) => row.slice(0, -1).map((cell) => Number(cell) * scale));
if (labels.some((label) => !(label >= 0)) || !features.flat().every(Number.isFinite)) {
  console.error(`${csv} has a cell that is no number, or a class that is not among the given ones`);
  process.exit(1);
}

const columns = features[0].length;
writeFileSync(
  file,
  safetensors([float32('features', [rows.length, columns], features.flat()), int32('labels', [rows.length], labels)]),
);
console.log(`${file}: ${rows.length} examples of ${columns} values`);
