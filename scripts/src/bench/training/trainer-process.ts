import { readFile } from 'node:fs/promises';
import { float32Tensor } from '@sedge/protocol';
import { onnxWebEngine } from '@sedge/runtime/engines';
import { cnnOnnx, FEDAVG_CNN } from '../../accuracy/fedavg-cnn.ts';
import { trainableWeights } from '../../accuracy/model-weights.ts';

const ROWS = 60;
/** Long enough that the engine has compiled what it is going to compile. */
const EPOCHS = 25;
const BATCH = 10;
const CHUNK_STEPS = 5;
/** The share of the steps after which the memory is what a long training holds. */
const SETTLED_AFTER = 0.8;

/** Trains the CNN on the portable engine, as a node does, and writes what memory this process held, in megabytes. */
const model = cnnOnnx(FEDAVG_CNN, 'bench');
const training = await onnxWebEngine().openTraining({ format: 'onnx', artifact: model });
const pixels = Float32Array.from({ length: ROWS * 784 }, (_, index) => ((37 * index) % 256) / 255);
const labels = Uint8Array.from({ length: ROWS }, (_, row) => row % 10);
const examples = [
  float32Tensor('image', [ROWS, 1, 28, 28], pixels),
  { name: 'labels', dataType: 'UINT8', shape: [ROWS], data: labels } as const,
];
const config = { epochs: EPOCHS, batchSize: BATCH, learningRate: 0.01, seed: 1n, proximal: 0 };
await training.begin(trainableWeights(model), examples, config);
let settledMB = 0;
let progress;
do {
  progress = await training.step(CHUNK_STEPS);
  if (progress.stepsDone > SETTLED_AFTER * progress.stepsTotal) {
    settledMB = Math.max(settledMB, process.memoryUsage.rss() / 1e6);
  }
} while (progress.stepsDone < progress.stepsTotal);
await training.finish();
process.stdout.write(JSON.stringify({ settledMB, peakMB: await peakMB() }));

/** The most that was ever resident (proc(5): VmHWM). */
async function peakMB(): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8');
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
  return (Number(kibibytes) * 1024) / 1e6;
}
