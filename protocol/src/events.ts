/** State changes that the event stream tells; `type` of the CloudEvent is `sedge.` and the kind. */
export const EVENT_KINDS = [
  'node.enrolled',
  'node.changed',
  'node.removed',
  'model.published',
  'model.deleted',
  /** A model ended its host too often on a node, which keeps it from running; an operator lets it go. */
  'model.quarantined',
  'model.released',
  'deployment.created',
  'deployment.deleted',
  'run.changed',
  /** How far the training of a local run is: steps, loss, examples per second. */
  'run.progress',
  'round.changed',
  'ledger.appended',
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];
