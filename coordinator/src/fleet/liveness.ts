import type { BootId, NodeState } from '@sedge/protocol';

/** What the coordinator believes of a node's connection, from what it heard. Plain data. */
export interface Presence {
  readonly isConnected: boolean;
  /** The life of the agent that is spoken of; undefined until it is first heard. */
  readonly boot?: BootId;
  /** Earlier lives, newest first: what comes late from them is ignored. */
  readonly pastBoots: readonly BootId[];
  /** The last heartbeat of this boot, −1 before the first. */
  readonly seq: number;
  /** The agent's time in the newest `online` of this boot: a will that was laid down before it is stale. */
  readonly stateAt: number;
  /** Whether all that the node can do is known, for this boot and without a gap since. */
  readonly isBirthFresh: boolean;
  /** Monotonic times of this process. */
  readonly lastHeardMs?: number;
  readonly birthAskedMs?: number;
}

export interface Heard {
  readonly presence: Presence;
  /** False: the message is repeated, late, or of an earlier life, and tells nothing. */
  readonly isNews: boolean;
  /** The coordinator should ask for a full birth. */
  readonly askBirth: boolean;
}

export const UNHEARD: Presence = { isConnected: false, pastBoots: [], seq: -1, stateAt: 0, isBirthFresh: false };

const PAST_BOOTS_MAX = 8;
/** A node that was asked for a birth is not asked again for so long. */
const ASK_AGAIN_MS = 15_000;

/** `up/state`: the node's own word, or its last will. Its connect is followed by a birth, so none is asked for. */
export function hearState(presence: Presence, state: Pick<NodeState, 'online' | 'boot' | 'at'>, nowMs: number): Heard {
  if (state.online) return hearOnline(presence, state, nowMs);
  const isStale = state.boot !== presence.boot || state.at < presence.stateAt;
  return isStale ? ignored(presence) : news({ ...presence, isConnected: false });
}

function hearOnline(presence: Presence, { boot, at }: Pick<NodeState, 'boot' | 'at'>, nowMs: number): Heard {
  if (presence.pastBoots.includes(boot)) return ignored(presence);
  const current = withBoot(presence, boot);
  return news({ ...heardNow(current, nowMs), stateAt: Math.max(current.stateAt, at) });
}

/** `up/hb`: alive. A gap in the sequence, or a life whose birth was not heard, wants a birth. */
export function hearHeartbeat(
  presence: Presence,
  { boot, seq }: { readonly boot: BootId; readonly seq: number },
  nowMs: number,
): Heard {
  if (presence.pastBoots.includes(boot)) return ignored(presence);
  const current = withBoot(presence, boot);
  if (seq <= current.seq) return ignored(presence);
  const hasGap = seq !== current.seq + 1;
  const isBirthFresh = current.isBirthFresh && !hasGap;
  return askIfStale({ ...heardNow(current, nowMs), seq, isBirthFresh }, nowMs);
}

/** `up/birth`: all that the node can do. */
export function hearBirth(presence: Presence, { boot }: { readonly boot: BootId }, nowMs: number): Heard {
  if (presence.pastBoots.includes(boot)) return ignored(presence);
  return news({ ...heardNow(withBoot(presence, boot), nowMs), isBirthFresh: true });
}

/** `up/twin`: tells that the node lives; of an earlier life it tells nothing. */
export function hearReport(presence: Presence, { boot }: { readonly boot: BootId }, nowMs: number): Heard {
  if (presence.pastBoots.includes(boot)) return ignored(presence);
  return askIfStale(heardNow(withBoot(presence, boot), nowMs), nowMs);
}

/** A node that was silent for longer than the patience is not connected, whatever its will says. */
export function isOverdue({ isConnected, lastHeardMs = 0 }: Presence, nowMs: number, patienceMs: number): boolean {
  return isConnected && nowMs - lastHeardMs > patienceMs;
}

export function lost(presence: Presence): Presence {
  return { ...presence, isConnected: false };
}

function withBoot(presence: Presence, boot: BootId): Presence {
  if (presence.boot === boot) return presence;
  const past = presence.boot === undefined ? [] : [presence.boot];
  return { ...UNHEARD, boot, pastBoots: [...past, ...presence.pastBoots].slice(0, PAST_BOOTS_MAX) };
}

function heardNow(presence: Presence, nowMs: number): Presence {
  return { ...presence, isConnected: true, lastHeardMs: nowMs };
}

function askIfStale(presence: Presence, nowMs: number): Heard {
  const wasAsked = presence.birthAskedMs !== undefined && nowMs - presence.birthAskedMs < ASK_AGAIN_MS;
  if (presence.isBirthFresh || wasAsked) return news(presence);
  return { presence: { ...presence, birthAskedMs: nowMs }, isNews: true, askBirth: true };
}

function news(presence: Presence): Heard {
  return { presence, isNews: true, askBirth: false };
}

function ignored(presence: Presence): Heard {
  return { presence, isNews: false, askBirth: false };
}
