import { limits, projectId, type ProjectId, SedgeError } from '@sedge/protocol';
import { type ConfigOf, type ConfigSources, defineConfig, loadConfig, LOG_LEVELS, setting } from '@sedge/kit';
import { z } from 'zod';

const port = z.int().min(0).max(65_535);
const host = z.string().min(1).max(255).describe('a host name or an address');

/** Everything that can be set. Names, defaults and the reference page derive from this table. */
export const coordinatorConfig = defineConfig({
  stateDir: setting({
    env: 'SEDGE_STATE_DIR',
    schema: z.string().min(1),
    default: '~/.sedge/coordinator',
    doc: 'Folder of the databases, the content and the key. `~` is the home of the user.',
  }),
  httpHost: setting({
    env: 'SEDGE_HTTP_HOST',
    path: 'http.host',
    schema: host,
    default: '127.0.0.1',
    doc: 'Address that the HTTP door binds to.',
  }),
  httpPort: setting({
    env: 'SEDGE_HTTP_PORT',
    path: 'http.port',
    schema: port,
    default: 8080,
    doc: 'Port of the HTTP door; 0 takes any free one.',
  }),
  publicUrl: setting({
    env: 'SEDGE_PUBLIC_URL',
    path: 'http.publicUrl',
    schema: z.url({ protocol: /^https?$/ }).optional(),
    doc: 'Where nodes and people reach the HTTP door, if that is not the address it binds to. Stands in enrolment tokens.',
  }),
  mqttHost: setting({
    env: 'SEDGE_MQTT_HOST',
    path: 'mqtt.host',
    schema: host,
    default: '127.0.0.1',
    doc: 'Address that the broker binds to.',
  }),
  mqttPort: setting({
    env: 'SEDGE_MQTT_PORT',
    path: 'mqtt.port',
    schema: port,
    default: 1883,
    doc: 'Port of the broker; 0 takes any free one.',
  }),
  mqttPublicUrl: setting({
    env: 'SEDGE_MQTT_PUBLIC_URL',
    path: 'mqtt.publicUrl',
    schema: z.url({ protocol: /^(mqtts?|wss?)$/ }).optional(),
    doc: 'Where nodes reach the broker, if that is not the address it binds to.',
  }),
  project: setting({
    env: 'SEDGE_PROJECT',
    schema: projectId,
    default: 'default' as ProjectId,
    doc: 'Name of the project: a level of every topic.',
  }),
  allowPlaintext: setting({
    env: 'SEDGE_ALLOW_PLAINTEXT',
    schema: z.boolean(),
    default: false,
    doc: 'Binds to addresses that other machines reach although nothing is encrypted.',
  }),
  metricsOpen: setting({
    env: 'SEDGE_METRICS_OPEN',
    path: 'metrics.open',
    schema: z.boolean(),
    default: false,
    doc: 'Shows /metrics without a token.',
  }),
  heartbeatPatienceMs: setting({
    env: 'SEDGE_HEARTBEAT_PATIENCE_MS',
    schema: z.int().min(1_000).max(3_600_000),
    default: limits.heartbeatPatienceMs,
    doc: 'A node that was silent for so long is offline.',
  }),
  logLevel: setting({
    env: 'SEDGE_LOG_LEVEL',
    path: 'log.level',
    schema: z.enum(LOG_LEVELS),
    default: 'info',
    doc: 'The least that is logged.',
  }),
});

export type CoordinatorSettings = ConfigOf<(typeof coordinatorConfig)['settings']>;

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/** Throws CONFIG_INVALID that lists every problem. */
export function loadCoordinatorConfig(sources: ConfigSources): CoordinatorSettings {
  const settings = loadConfig(coordinatorConfig, sources);
  refuseOpenPlaintext(settings);
  return settings;
}

function refuseOpenPlaintext({ allowPlaintext, httpHost, mqttHost }: CoordinatorSettings): void {
  const open = [
    ...(LOOPBACK.test(httpHost) ? [] : [`SEDGE_HTTP_HOST is ${httpHost}`]),
    ...(LOOPBACK.test(mqttHost) ? [] : [`SEDGE_MQTT_HOST is ${mqttHost}`]),
  ];
  if (allowPlaintext || open.length === 0) return;
  throw new SedgeError(
    'CONFIG_INVALID',
    `${open.join(' and ')}: other machines reach that and nothing is encrypted; set SEDGE_ALLOW_PLAINTEXT=true if that is wanted`,
    { expose: true },
  );
}
