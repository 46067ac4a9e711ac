import type { EngineChoice, EngineProbe, PullProgress } from '@sedge/protocol';

/** Sizes, pulls and choices of engines as people read them, at the agent as at the coordinator. */

export function sizeWords(bytes: number): string {
  if (bytes < 1_000) return `${Math.round(bytes)} B`;
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(1)} kB`;
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`;
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}

/** "1.5 MB of 5.0 MB at 500.0 kB/s, 7 s left". */
export function progressWords({ doneBytes, totalBytes, bytesPerS, secondsLeft }: PullProgress): string {
  const done = `${sizeWords(doneBytes)} of ${sizeWords(totalBytes)}`;
  const rate = bytesPerS === undefined ? '' : ` at ${sizeWords(bytesPerS)}/s`;
  return `${done}${rate}${secondsLeft === undefined ? '' : `, ${secondsLeft} s left`}`;
}

/** "fastest: onnx-web/wasm 12.1 ms, onnx-node/cpu 3.4 ms". */
export function choiceWords({ reason, probes }: EngineChoice): string {
  return probes.length === 0 ? reason : `${reason}: ${probes.map(probeWords).join(', ')}`;
}

function probeWords(probe: EngineProbe): string {
  return `${probe.engine}/${probe.provider} ${probeResultWords(probe)}`;
}

export function probeResultWords({ medianMs, error }: EngineProbe): string {
  return medianMs === undefined ? (error?.code ?? 'not measured') : `${medianMs.toPrecision(3)} ms`;
}
