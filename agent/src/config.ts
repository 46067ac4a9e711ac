import { defineConfig, LOG_LEVELS, setting, type ConfigOf } from '@sedge/kit';
import { limits } from '@sedge/protocol';
import { z } from 'zod';
import { ENGINE_SETTINGS, ISOLATIONS } from './models/model-hosts.ts';

export const agentConfig = defineConfig({
  directory: setting({
    env: 'SEDGE_AGENT_DIR',
    schema: z.string().min(1),
    default: '~/.sedge/agent',
    doc: 'Folder of identities, data sets and cached models. `~` is the home of the user.',
  }),
  heartbeatMs: setting({
    env: 'SEDGE_HEARTBEAT_MS',
    schema: z.int().min(100).max(limits.heartbeatPatienceMs),
    default: limits.heartbeatIntervalMs,
    doc: 'Milliseconds between two heartbeats, before jitter.',
  }),
  blobRoad: setting({
    env: 'SEDGE_BLOB_ROAD',
    schema: z.enum(['auto', 'http', 'mqtt']),
    default: 'auto',
    doc: 'How models and weights are pulled: over HTTP, over MQTT, or over HTTP where it works and MQTT otherwise.',
  }),
  cacheBytesMax: setting({
    env: 'SEDGE_CACHE_BYTES_MAX',
    schema: z.int().min(1024 * 1024),
    default: 4 * 1024 * 1024 * 1024,
    doc: 'The most that pulled models and weights may take on disk; the ones used longest ago go first.',
  }),
  engine: setting({
    env: 'SEDGE_ENGINE',
    schema: z.enum(ENGINE_SETTINGS),
    default: 'auto',
    doc: 'What runs ONNX models: the engine that proves fastest for each on this board, or always the named one. A pin of an operator goes before it.',
  }),
  isolation: setting({
    env: 'SEDGE_ISOLATION',
    schema: z.enum(ISOLATIONS),
    default: 'process',
    doc: 'Where models run: in a child process without rights for each publisher, or in threads of the agent. Threads are for small boards that run models of their owner only: they take less memory and protect less.',
  }),
  modelMemoryMb: setting({
    env: 'SEDGE_MODEL_MEMORY_MB',
    schema: z.int().min(128).max(65_536).optional(),
    doc: 'The most memory that the models of one publisher may take together, in MiB. Half of the memory of the board, at most 2048, if nothing is said.',
  }),
  lowMemory: setting({
    env: 'SEDGE_LOW_MEMORY',
    schema: z.boolean(),
    default: false,
    doc: 'Hosts of portable engines take less memory and some seconds more to begin. For small boards, above all where they train.',
  }),
  localPort: setting({
    env: 'SEDGE_LOCAL_PORT',
    schema: z.int().min(0).max(65_535).optional(),
    doc: 'Port on 127.0.0.1 at which programs on the same machine ask for inference, and trainers for rounds; 0 picks a free one. Closed if nothing is said.',
  }),
  shedTemperatureC: setting({
    env: 'SEDGE_SHED_TEMPERATURE_C',
    schema: z.number().min(0).max(150),
    default: 80,
    doc: 'Degrees Celsius from which on a node takes no new work, until it is 5 degrees cooler. 0 for never; then it does not matter either that a board slows itself down for heat.',
  }),
  shedBattery: setting({
    env: 'SEDGE_SHED_BATTERY',
    schema: z.number().min(0).max(1),
    default: 0.15,
    doc: 'Charge of a battery, as a part of 1, from which down a node takes no new work while the battery is emptied, until there is 0.05 more. 0 for never.',
  }),
  logLevel: setting({
    env: 'SEDGE_LOG_LEVEL',
    schema: z.enum(LOG_LEVELS),
    default: 'info',
    doc: 'The least level that is logged.',
  }),
  logFormat: setting({
    env: 'SEDGE_LOG_FORMAT',
    schema: z.enum(['json', 'pretty']),
    default: 'pretty',
    doc: 'One JSON object per line for machines, or short lines for a terminal.',
  }),
});

export type AgentConfig = ConfigOf<(typeof agentConfig)['settings']>;
