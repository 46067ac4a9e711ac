import type { Birth, BootId, DatasetName, Heartbeat, ModelName, ModelRef, NodeState } from '@sedge/protocol';

export const BOOT = 'boot-1' as BootId;

const resources: Birth['resources'] = {
  cpu: { cores: 4, load1: 0.5 },
  memory: { totalBytes: 4e9, availableBytes: 2e9, processBytes: 8e7 },
  uptimeS: 60,
};

/** What an agent says when it connects; fields that matter to a test are given by it. */
export function stateOf(change: Partial<NodeState> = {}): NodeState {
  return { online: true, boot: BOOT, agent: '0.1.0', at: 1, ...change };
}

export function birthOf(change: Partial<Birth> = {}): Birth {
  return {
    boot: BOOT,
    at: 1,
    agent: '0.1.0',
    platform: { os: 'Debian 12', arch: 'arm64', nodeVersion: '20.19.0', cpuModel: 'Cortex-A76' },
    resources,
    engines: [{ name: 'onnx-web', version: '1.20.0', formats: ['onnx'] }],
    datasets: [{ name: 'digits' as DatasetName, examples: 100, featureShape: [64], classes: 10 }],
    models: [],
    ...change,
  };
}

export function heartbeatOf(seq: number, change: Partial<Heartbeat> = {}): Heartbeat {
  return {
    boot: BOOT,
    seq,
    at: 1 + seq,
    resources,
    engines: ['onnx-web'],
    models: [],
    queue: { inference: 0, training: 0 },
    ...change,
  };
}

/** A version of the model that the tests publish. */
export function digits(version: number): ModelRef {
  return { name: 'digits' as ModelName, version };
}
