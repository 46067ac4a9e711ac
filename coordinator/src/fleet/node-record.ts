import type { NodeId } from '@sedge/protocol';

/** What is known of a node by its enrolment and by people; kept through power cuts. */
export interface NodeRecord {
  readonly id: NodeId;
  readonly name: string;
  /** 32 raw bytes, Ed25519. */
  readonly publicKey: Uint8Array;
  readonly labels: Readonly<Record<string, string>>;
  readonly enrolledAtMs: number;
}
