import type { ErrorCode } from '@sedge/protocol';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { BrokerObserver } from '../broker/observer.ts';
import type { MetricsSource } from '../http/routes/health.ts';
import type { InferenceObserver } from '../inference/ports.ts';

export interface MetricsOptions {
  /** Nodes by status, asked at each scrape. */
  readonly nodes: () => Readonly<Record<string, number>>;
  /** Models in quarantine by node, asked at each scrape. */
  readonly quarantined: () => Readonly<Record<string, number>>;
  readonly version: string;
}

/** From a fast local model to the longest deadline that people set. */
const LATENCY_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const NANOSECONDS_PER_SECOND = 1e9;

/** What the coordinator measures, in base units, in a registry of its own. */
export class Metrics implements MetricsSource {
  readonly broker: BrokerObserver;
  readonly inference: InferenceObserver;
  /** Told of every HTTP answer. */
  readonly answered: (route: string, status: number) => void;
  /** Told of every closed round. */
  readonly roundClosed: (outcome: string) => void;
  readonly #registry = new Registry();
  readonly #loopDelay = monitorEventLoopDelay({ resolution: 10 });

  constructor({ nodes, quarantined, version }: MetricsOptions) {
    const registers = [this.#registry];
    this.broker = brokerObserver(registers);
    this.inference = inferenceObserver(registers);
    this.answered = httpCounter(registers);
    this.roundClosed = roundCounter(registers);
    info(registers, version);
    nodeGauge(registers, nodes);
    quarantineGauge(registers, quarantined);
    this.#loopGauge(registers);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  start(): void {
    this.#loopDelay.enable();
  }

  stop(): void {
    this.#loopDelay.disable();
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #loopGauge(registers: Registry[]): void {
    const delay = this.#loopDelay;
    const gauge = new Gauge({
      name: 'sedge_event_loop_lag_seconds',
      help: 'How late the event loop was since the last scrape, by quantile.',
      labelNames: ['quantile'],
      registers,
      collect: () => {
        for (const quantile of [0.5, 0.99]) {
          const lateNs = delay.percentile(100 * quantile);
          gauge.set({ quantile }, Number.isFinite(lateNs) ? lateNs / NANOSECONDS_PER_SECOND : 0);
        }
        delay.reset();
      },
    });
  }
}

function brokerObserver(registers: Registry[]): BrokerObserver {
  const connections = new Gauge({
    name: 'sedge_broker_connections',
    help: 'Open MQTT connections.',
    registers,
  });
  const refused = new Counter({
    name: 'sedge_broker_refused_total',
    help: 'Connections, messages and subscriptions that the broker turned away.',
    labelNames: ['what'],
    registers,
  });
  const dropped = new Counter({
    name: 'sedge_broker_dropped_total',
    help: 'Messages that were not forwarded to clients that do not read.',
    registers,
  });
  const messages = new Counter({
    name: 'sedge_messages_total',
    help: 'Messages of nodes by channel and outcome: ok, or a code of the error catalogue.',
    labelNames: ['channel', 'outcome'],
    registers,
  });
  const heartbeats = new Counter({ name: 'sedge_heartbeats_total', help: 'Heartbeats that were heard.', registers });
  return {
    connected: (count) => connections.set(count),
    refused: (what) => refused.inc({ what }),
    dropped: () => dropped.inc(),
    message: (channel, outcome) => {
      messages.inc({ channel, outcome });
      if (channel === 'heartbeat' && outcome === 'ok') heartbeats.inc();
    },
  };
}

function inferenceObserver(registers: Registry[]): InferenceObserver {
  const requests = new Counter({
    name: 'sedge_inference_requests_total',
    help: 'Inference requests by outcome: ok, or a code of the error catalogue.',
    labelNames: ['outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: 'sedge_inference_duration_seconds',
    help: 'From the arrival of a request to its answer.',
    buckets: LATENCY_BUCKETS_S,
    registers,
  });
  const inflight = new Gauge({
    name: 'sedge_inference_inflight_requests',
    help: 'Requests that wait for a node.',
    registers,
  });
  const placements = new Counter({
    name: 'sedge_placement_decisions_total',
    help: 'Choices of a node: placed, retried, none (no node is ready), full (all have as much as they may).',
    labelNames: ['decision'],
    registers,
  });
  return {
    placed: (decision) => placements.inc({ decision }),
    inflight: (count) => inflight.set(count),
    finished: (outcome: 'ok' | ErrorCode, durationS) => {
      requests.inc({ outcome });
      seconds.observe(durationS);
    },
  };
}

function httpCounter(registers: Registry[]): (route: string, status: number) => void {
  const answers = new Counter({
    name: 'sedge_http_answers_total',
    help: 'HTTP answers by route and status.',
    labelNames: ['route', 'status'],
    registers,
  });
  return (route, status) => answers.inc({ route, status });
}

function roundCounter(registers: Registry[]): (outcome: string) => void {
  const rounds = new Counter({
    name: 'sedge_rounds_total',
    help: 'Closed rounds of federated runs by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  return (outcome) => rounds.inc({ outcome });
}

function info(registers: Registry[], version: string): void {
  new Gauge({ name: 'sedge_info', help: 'The version that runs.', labelNames: ['version'], registers }).set(
    { version },
    1,
  );
}

function nodeGauge(registers: Registry[], nodes: MetricsOptions['nodes']): void {
  const gauge = new Gauge({
    name: 'sedge_nodes',
    help: 'Nodes by status.',
    labelNames: ['status'],
    registers,
    collect: () => {
      for (const [status, count] of Object.entries(nodes())) gauge.set({ status }, count);
    },
  });
}

/** Only nodes that have any: a fleet of thousands must not have a series for each of them. */
function quarantineGauge(registers: Registry[], quarantined: MetricsOptions['quarantined']): void {
  const gauge = new Gauge({
    name: 'sedge_quarantined_models',
    help: 'Models that a node keeps from running because they ended its host too often; by node, where there are any.',
    labelNames: ['node'],
    registers,
    collect: () => {
      gauge.reset();
      for (const [node, count] of Object.entries(quarantined())) gauge.set({ node }, count);
    },
  });
}
