import type { Birth, Heartbeat, ModelStatus, NodeState, ReportedTwin } from '@sedge/protocol';
import type { FleetNode } from './fleet-node.ts';
import { isQuarantined } from './model-changes.ts';
import { type Heard, hearBirth, hearHeartbeat, hearReport, hearState } from './liveness.ts';
import type { NodeReport } from './node-report.ts';

export interface Applied {
  readonly node: FleetNode;
  readonly askBirth: boolean;
}

/** The moment of a message: by the wall clock for people, by the monotonic one for patience. */
export interface Moment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

export function applyState(node: FleetNode, state: NodeState, at: Moment): Applied {
  const heard = hearState(node.presence, state, at.monotonicMs);
  return apply(node, heard, at, (report) => ({ ...report, agent: state.agent }));
}

export function applyBirth(node: FleetNode, birth: Birth, at: Moment): Applied {
  const { agent, platform, resources, engines, datasets, models } = birth;
  const heard = hearBirth(node.presence, birth, at.monotonicMs);
  const applied = apply(node, heard, at, (report) => ({
    ...report,
    agent,
    platform,
    resources,
    engines,
    datasets,
    models,
  }));
  return heard.isNews ? { ...applied, node: { ...applied.node, wasBorn: true } } : applied;
}

export function applyHeartbeat(node: FleetNode, heartbeat: Heartbeat, at: Moment): Applied {
  const { resources, queue, models, shedding } = heartbeat;
  const heard = hearHeartbeat(node.presence, heartbeat, at.monotonicMs);
  return apply(node, heard, at, ({ shedding: _before, ...report }) => ({
    ...report,
    resources,
    queue,
    ...(shedding === undefined ? {} : { shedding }),
    models: unlessSame(
      report.models,
      models.map((model) => withDetail(model, report.models)),
    ),
  }));
}

export function applyReportedTwin(node: FleetNode, twin: ReportedTwin, at: Moment): Applied {
  const heard = hearReport(node.presence, twin, at.monotonicMs);
  return apply(node, heard, at, (report) => ({ ...report, models: twin.models, twinVersion: twin.version }));
}

function apply(node: FleetNode, heard: Heard, at: Moment, update: (report: NodeReport) => NodeReport): Applied {
  if (!heard.isNews) return { node, askBirth: false };
  const hasNewBoot = heard.presence.boot !== node.presence.boot;
  const report = update(hasNewBoot ? withoutLife(node.report) : node.report);
  return { node: { ...node, presence: heard.presence, report, lastSeenAtMs: at.wallMs }, askBirth: heard.askBirth };
}

/**
 * An agent that was just started has nothing loaded, whatever its last life had; its birth tells the rest anew. What is
 * in quarantine stays there.
 */
function withoutLife({ datasets, engines, models }: NodeReport): NodeReport {
  const begun = models.map((model) => (isQuarantined(model) ? model : pending(model)));
  return { datasets, engines, models: begun };
}

function pending({ name, version }: ModelStatus): ModelStatus {
  return { name, version, state: 'pending' };
}

/** The very list as before where nothing changed, so that a heartbeat without news costs nothing further on. */
function unlessSame(before: readonly ModelStatus[], after: readonly ModelStatus[]): readonly ModelStatus[] {
  return before.length === after.length && before.every((model, at) => model === after[at]) ? before : after;
}

/** A heartbeat tells states only; engine and error stand as they were told last, while the state is the same. */
function withDetail(model: ModelStatus, known: readonly ModelStatus[]): ModelStatus {
  const same = known.find(({ name, version }) => name === model.name && version === model.version);
  return same?.state === model.state ? same : model;
}
