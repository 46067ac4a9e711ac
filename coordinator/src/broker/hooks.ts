import { asSedgeError, nodeId, type NodeAddress, type NodeId, SedgeError } from '@sedge/protocol';
import type { Log } from '@sedge/kit';
import type { AedesOptions, AuthenticateError, Client, ConnectPacket } from 'aedes';
import type { BrokerObserver } from './observer.ts';
import { checkPublish, checkSubscribe, isRetained } from './permissions.ts';

/** Checks that the token is valid now and signed by this node. Throws UNAUTHENTICATED, TOKEN_EXPIRED and the like. */
export type VerifyNode = (node: NodeId, token: string) => void | Promise<void>;

export interface HookOptions {
  readonly addressOf: (node: NodeId) => NodeAddress;
  readonly verify: VerifyNode;
  readonly backlogBytesMax: number;
  readonly observer: BrokerObserver;
  readonly log: Log;
}

export type Hooks = Required<
  Pick<
    AedesOptions,
    'preConnect' | 'authenticate' | 'authorizePublish' | 'authorizeSubscribe' | 'authorizeForward' | 'published'
  >
>;

/** MQTT 3.1.1 §3.2.2.3 */
const NOT_AUTHORIZED = 5;
const SUBSCRIPTIONS_MAX = 64;

/**
 * What aedes asks at each step of a client. None of them ever throws: a throw in a hook of aedes is an uncaught
 * exception and ends the process.
 */
export function brokerHooks({ addressOf, verify, backlogBytesMax, observer, log }: HookOptions): Hooks {
  const connects = new WeakMap<Client, ConnectPacket>();
  const addresses = new WeakMap<Client, NodeAddress>();

  /** No session outlives its connection, so no queue grows for a node that is away: CONNACK says "no session". */
  const preConnect: Hooks['preConnect'] = (client, packet, done) => {
    packet.clean = true;
    connects.set(client, packet);
    done(null, true);
  };

  const authenticate: Hooks['authenticate'] = (client, username, password, done) => {
    const admitted = (address: NodeAddress): void => {
      addresses.set(client, address);
      done(null, true);
    };
    const refused = (cause: unknown): void => {
      observer.refused('connect');
      log.info('the broker refused a connection', { client: client.id, error: asSedgeError(cause) });
      done(refusal(cause), false);
    };
    identify(client, username, password)
      .then(admitted, refused)
      .catch((error: unknown) => log.error('the broker failed while it let a client in', { client: client.id, error }));
  };

  async function identify(client: Client, username?: string, password?: Buffer): Promise<NodeAddress> {
    const node = nodeId.safeParse(username);
    if (!node.success) throw new SedgeError('UNAUTHENTICATED', 'the user name is no node id');
    if (client.id !== node.data) throw new SedgeError('UNAUTHENTICATED', `client id ${client.id} of ${node.data}`);
    const address = addressOf(node.data);
    const will = connects.get(client)?.will;
    if (will !== undefined) checkPublish(address, will);
    await verify(node.data, password?.toString('utf8') ?? '');
    if (will !== undefined) will.retain &&= isRetained(will.topic);
    return address;
  }

  function addressOfClient(client: Client): NodeAddress {
    const address = addresses.get(client);
    if (address === undefined) throw new SedgeError('UNAUTHENTICATED', 'the client was not let in');
    return address;
  }

  const authorizePublish: Hooks['authorizePublish'] = (client, packet, done) => {
    // Without a client it is a will whose sender is gone; it was checked at CONNECT.
    const error = client === null ? undefined : caught(() => checkPublish(addressOfClient(client), packet));
    if (error !== undefined) {
      observer.refused('publish');
      log.warn('a message was refused, its sender is cut off', { client: client?.id, error });
      return done(error);
    }
    packet.retain &&= isRetained(packet.topic);
    done(null);
  };

  const authorizeSubscribe: Hooks['authorizeSubscribe'] = (client, subscription, done) => {
    const error = caught(() => {
      checkSubscribe(addressOfClient(client), subscription);
      checkCount(client);
    });
    if (error === undefined) return done(null, subscription);
    observer.refused('subscribe');
    log.warn('a subscription was refused', { client: client.id, error });
    done(null, null);
  };

  /** A client that does not read costs its own messages, never the broker's memory or its neighbours. */
  const authorizeForward: Hooks['authorizeForward'] = (client, packet) => {
    if (client.conn.writableLength <= backlogBytesMax) return packet;
    observer.dropped();
    return null;
  };

  const published: Hooks['published'] = (_packet, _client, done) => done(null);

  return { preConnect, authenticate, authorizePublish, authorizeSubscribe, authorizeForward, published };
}

function checkCount(client: Client): void {
  const { subscriptions } = client as Client & { readonly subscriptions?: object };
  if (Object.keys(subscriptions ?? {}).length < SUBSCRIPTIONS_MAX) return;
  throw new SedgeError('OVERLOADED', `more than ${SUBSCRIPTIONS_MAX} subscriptions of ${client.id}`);
}

function caught(check: () => void): SedgeError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return asSedgeError(error);
  }
}

/** A plain number as the return code: the enum that aedes declares is not there at run time. */
function refusal(cause: unknown): AuthenticateError {
  const error: unknown = Object.assign(new Error('not authorized', { cause }), { returnCode: NOT_AUTHORIZED });
  return error as AuthenticateError;
}
