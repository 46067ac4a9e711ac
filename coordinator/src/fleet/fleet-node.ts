import { type Crypto, keyIdOf } from '@sedge/protocol';
import type { NodeView } from '@sedge/protocol/routes';
import { type Presence, UNHEARD } from './liveness.ts';
import type { NodeRecord } from './node-record.ts';
import { EMPTY_REPORT, type NodeReport } from './node-report.ts';

/** All that is known of one node. Replaced whole at each change. */
export interface FleetNode {
  readonly record: NodeRecord;
  readonly presence: Presence;
  readonly report: NodeReport;
  /** Whether a birth was ever heard. */
  readonly wasBorn: boolean;
  readonly lastSeenAtMs?: number;
  /** Version of the twin that the coordinator wants. */
  readonly desiredVersion: number;
}

export function newNode(record: NodeRecord): FleetNode {
  return { record, presence: UNHEARD, report: EMPTY_REPORT, wasBorn: false, desiredVersion: 0 };
}

export function statusOf({ wasBorn, presence }: FleetNode): NodeView['status'] {
  if (!wasBorn) return 'enrolled';
  return presence.isConnected ? 'online' : 'offline';
}

export function nodeView(crypto: Pick<Crypto, 'sha256'>, node: FleetNode): NodeView {
  const { record, report, lastSeenAtMs, desiredVersion } = node;
  const { agent, platform, resources, queue, shedding, twinVersion } = report;
  return {
    id: record.id,
    name: record.name,
    status: statusOf(node),
    labels: { ...record.labels },
    keyId: keyIdOf(crypto, record.publicKey),
    enrolledAt: new Date(record.enrolledAtMs).toISOString(),
    ...(lastSeenAtMs === undefined ? {} : { lastSeenAt: new Date(lastSeenAtMs).toISOString() }),
    ...(agent === undefined ? {} : { agent }),
    ...(platform === undefined ? {} : { platform }),
    ...(resources === undefined ? {} : { resources }),
    engines: report.engines,
    datasets: report.datasets,
    models: [...report.models],
    ...(queue === undefined ? {} : { queue }),
    ...(shedding === undefined ? {} : { shedding }),
    twin: { desired: desiredVersion, ...(twinVersion === undefined ? {} : { reported: twinVersion }) },
  };
}
