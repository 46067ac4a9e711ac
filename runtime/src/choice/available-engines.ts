import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';
import type { EngineName, ModelFormat } from '@sedge/protocol/core';
import { INFERENCE_INTERFACE } from '../wasm/contract.ts';
import { type HostPlatform, thisPlatform } from './host-platform.ts';
import { nativeAbsence } from './native-absence.ts';

/** An engine as far as its files tell: it is not loaded to find this out, which would cost an idle process memory. */
export interface AvailableEngine {
  readonly name: EngineName;
  readonly version: string;
  readonly formats: readonly ModelFormat[];
  /** Execution providers that may work here; whether they do, only a run shows. */
  readonly providers: readonly string[];
  /** Why it cannot be used here; absent for one that can. */
  readonly absent?: string;
}

const require = createRequire(import.meta.url);
const UNKNOWN_VERSION = 'none';
const CONTRACT_VERSION = INFERENCE_INTERFACE.slice(INFERENCE_INTERFACE.lastIndexOf('@') + 1);

export async function availableEngines(platform: HostPlatform = thisPlatform()): Promise<AvailableEngine[]> {
  return [
    { name: 'component', version: CONTRACT_VERSION, formats: ['component'], providers: ['wasm'] },
    await portableEngine(),
    await nativeEngine(platform),
  ];
}

async function portableEngine(): Promise<AvailableEngine> {
  const folder = packageFolder('onnxruntime-web');
  const engine = { name: 'onnx-web', formats: ['onnx'], providers: ['wasm'] } as const;
  if (folder === undefined) return { ...engine, version: UNKNOWN_VERSION, absent: 'onnxruntime-web is not installed' };
  return { ...engine, version: await versionIn(folder) };
}

async function nativeEngine(platform: HostPlatform): Promise<AvailableEngine> {
  const folder = packageFolder('onnxruntime-node');
  const engine = { name: 'onnx-node', formats: ['onnx'] } as const;
  const none = { ...engine, providers: [] };
  if (folder === undefined) return { ...none, version: UNKNOWN_VERSION, absent: 'onnxruntime-node is not installed' };
  const version = await versionIn(folder);
  const binaries = binaryFolder(folder, platform);
  const absent = nativeAbsence(platform);
  if (absent !== undefined) return { ...none, version, absent };
  if (binaries === undefined) return { ...none, version, absent: `its binary is not in ${folder}` };
  return { ...engine, version, providers: nativeProviders(binaries, platform) };
}

/** Folders that a package may keep its binary in: one for each version of Node-API. */
function binaryFolder(folder: string, { os, arch }: HostPlatform): string | undefined {
  const bin = join(folder, 'bin');
  if (!existsSync(bin)) return undefined;
  const folders = readdirSync(bin).map((napi) => join(bin, napi, os, arch));
  return folders.find((candidate) => existsSync(join(candidate, 'onnxruntime_binding.node')));
}

/**
 * Libraries of other providers are not in the package: who has the hardware puts them beside the binary, on a Jetson
 * with a library built for it. WebGPU is in the package, but needs a graphics device.
 */
function nativeProviders(binaries: string, { os }: HostPlatform): string[] {
  const beside = (provider: string): boolean => existsSync(join(binaries, `libonnxruntime_providers_${provider}.so`));
  const hasGraphics = os !== 'linux' || existsSync('/dev/dri');
  return ['cpu', ...['cuda', 'tensorrt'].filter(beside), ...(hasGraphics ? ['webgpu'] : [])];
}

/** Where an installed package lies, by its entry: not every package lets its package.json be resolved. */
function packageFolder(name: string): string | undefined {
  const ending = `${sep}node_modules${sep}${name}`;
  try {
    const entry = require.resolve(name);
    return entry.slice(0, entry.lastIndexOf(`${ending}${sep}`) + ending.length);
  } catch {
    // Not installed, which is an answer and no failure.
    return undefined;
  }
}

async function versionIn(folder: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version?: string };
  return version ?? UNKNOWN_VERSION;
}
