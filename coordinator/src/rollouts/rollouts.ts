import {
  type DeploymentId,
  type EngineName,
  modelKey,
  type ModelRef,
  type ModelStatus,
  type NodeId,
  SedgeError,
} from '@sedge/protocol';
import type { DeploymentView, NodeSelector } from '@sedge/protocol/routes';
import { type Clock, type Log, newId, type Randomness, TaskQueue } from '@sedge/kit';
import type { Emit } from '../events/event-hub.ts';
import type { AppendToLedger } from '../ledger/ledger.ts';
import {
  conflictingPin,
  type DesiredModel,
  desiredModels,
  isSameList,
  type SelectableNode,
  selects,
  type Wish,
} from './desired.ts';

export interface Deployment extends Wish {
  readonly id: DeploymentId;
  readonly createdAtMs: number;
}

export interface DeploymentRequest {
  readonly model: ModelRef;
  readonly selector: NodeSelector;
  readonly engine?: EngineName | undefined;
}

/** What one node should be; the version counts up with each change. */
export interface Twin {
  readonly node: NodeId;
  readonly version: number;
  readonly models: readonly DesiredModel[];
}

export interface RolloutStore {
  loadDeployments(): Promise<Deployment[]>;
  addDeployment(deployment: Deployment): Promise<void>;
  deleteDeployment(id: DeploymentId): Promise<void>;
  loadTwins(): Promise<Twin[]>;
  /** All in one transaction. */
  saveTwins(twins: readonly Twin[]): Promise<void>;
}

/** What rollouts need of the fleet. */
export interface RolloutFleet {
  records(): readonly SelectableNode[];
  isOnline(node: NodeId): boolean;
  /** Throws NODE_NOT_FOUND. */
  idOf(idOrName: string): NodeId;
  statusOfModel(node: NodeId, model: ModelRef): ModelStatus | undefined;
  setDesiredVersion(node: NodeId, version: number): void;
}

export interface TwinSender {
  /** Whether a twin of these models goes into one message. */
  fits(models: readonly DesiredModel[]): boolean;
  /** Tells a connected node what it should be. */
  send(twin: Twin): Promise<void>;
}

export interface RolloutsOptions {
  readonly store: RolloutStore;
  readonly fleet: RolloutFleet;
  /** Throws MODEL_NOT_FOUND, and INVALID_FIELD for an engine that does not run models of its format. */
  readonly checkModel: (model: ModelRef, engine?: EngineName) => void;
  readonly twins: TwinSender;
  readonly clock: Pick<Clock, 'now'>;
  readonly randomness: Pick<Randomness, 'bytes'>;
  readonly log: Log;
  readonly emit: Emit;
  readonly append: AppendToLedger;
}

const WAITING_MAX = 10_000;
/** What the schema of the desired twin takes. */
const TWIN_MODELS_MAX = 64;

/** Which versions are wanted on which nodes, and the twins that follow from it. */
export class Rollouts {
  readonly #options: RolloutsOptions;
  readonly #deployments = new Map<DeploymentId, Deployment>();
  readonly #twins = new Map<NodeId, Twin>();
  readonly #changes = new TaskQueue(WAITING_MAX);
  #isReconcileWaiting = false;

  constructor(options: RolloutsOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { store, fleet } = this.#options;
    for (const deployment of await store.loadDeployments()) this.#deployments.set(deployment.id, deployment);
    for (const twin of await store.loadTwins()) this.#twins.set(twin.node, twin);
    for (const { node, version } of this.#twins.values()) fleet.setDesiredVersion(node, version);
    await this.#changes.run(() => this.#reconcile());
  }

  /** Finishes the changes that wait. */
  stop(): Promise<void> {
    return this.#changes.close();
  }

  /**
   * Throws MODEL_NOT_FOUND, NODE_NOT_FOUND, INVALID_FIELD, ENGINE_PIN_CONFLICT, and PAYLOAD_TOO_LARGE when a node would
   * have too many models.
   */
  create(request: DeploymentRequest): Promise<DeploymentView> {
    return this.#changes.run(async () => {
      const { store, clock, randomness, append, emit } = this.#options;
      const wish = wishOf(request);
      this.#check(wish);
      const id = newId(randomness, 'dep') as DeploymentId;
      const deployment = { id, ...wish, createdAtMs: clock.now() };
      await append('deployment.created', { id, ...wish });
      await store.addDeployment(deployment);
      this.#deployments.set(id, deployment);
      await this.#reconcile();
      const view = this.#view(deployment);
      emit('deployment.created', id, view);
      return view;
    });
  }

  /** Throws DEPLOYMENT_NOT_FOUND. */
  delete(id: string): Promise<void> {
    return this.#changes.run(async () => {
      const { store, append, emit } = this.#options;
      const deployment = this.#find(id);
      await append('deployment.deleted', { id, model: deployment.model });
      await store.deleteDeployment(deployment.id);
      this.#deployments.delete(deployment.id);
      await this.#reconcile();
      emit('deployment.deleted', id, { id, model: deployment.model });
    });
  }

  /** Throws DEPLOYMENT_NOT_FOUND. */
  get(id: string): DeploymentView {
    return this.#view(this.#find(id));
  }

  /** By id, after `after`. */
  list(limit: number, after = ''): DeploymentView[] {
    return [...this.#deployments.values()]
      .filter(({ id }) => id > after)
      .sort((left, right) => (left.id < right.id ? -1 : 1))
      .slice(0, limit)
      .map((deployment) => this.#view(deployment));
  }

  /** Says which deployment uses a version, for `Models.addUse`. */
  readonly useOf = (model: ModelRef): string | undefined => {
    const wanted = modelKey(model);
    const deployment = [...this.#deployments.values()].find((candidate) => modelKey(candidate.model) === wanted);
    return deployment === undefined ? undefined : `deployment ${deployment.id}`;
  };

  /** Nodes, names or labels changed: works out the twins anew, once for many changes in a row. */
  readonly reconcileSoon = (): void => {
    if (this.#isReconcileWaiting) return;
    this.#isReconcileWaiting = true;
    this.#inBackground(() => {
      this.#isReconcileWaiting = false;
      return this.#reconcile();
    });
  };

  /** A node is there and wants to know what it should be. */
  readonly sendTo = (node: NodeId): void => {
    this.#inBackground(() => this.#send([this.#twins.get(node) ?? { node, version: 0, models: [] }]));
  };

  #check(wish: Wish): void {
    const { fleet, checkModel } = this.#options;
    const { model, selector, engine } = wish;
    checkModel(model, engine);
    if (selector !== 'all' && 'nodes' in selector) for (const node of selector.nodes) fleet.idOf(node);
    this.#refuseOtherPin(wish);
    const planned = [...this.#deployments.values(), wish];
    const checked = new Set<string>();
    for (const node of fleet.records()) {
      const models = desiredModels(planned, node);
      const key = models.map(modelKey).join();
      if (!checked.has(key)) this.#refuseTooLong(node, models);
      checked.add(key);
    }
  }

  #refuseOtherPin(wish: Wish): void {
    const other = conflictingPin([...this.#deployments.values()], wish);
    if (other === undefined) return;
    const detail = `deployment ${other.id} pins ${modelKey(wish.model)} to ${other.engine}`;
    throw new SedgeError('ENGINE_PIN_CONFLICT', detail, { expose: true });
  }

  #refuseTooLong({ name }: SelectableNode, models: readonly DesiredModel[]): void {
    if (models.length <= TWIN_MODELS_MAX && this.#options.twins.fits(models)) return;
    throw new SedgeError('PAYLOAD_TOO_LARGE', `${models.length} models of node ${name} do not fit its twin`, {
      expose: true,
    });
  }

  async #reconcile(): Promise<void> {
    const { store, fleet } = this.#options;
    const deployments = [...this.#deployments.values()];
    const nodes = fleet.records();
    this.#dropTwinsExcept(new Set(nodes.map(({ id }) => id)));
    const changed = nodes.flatMap((node) => this.#changedTwin(node, desiredModels(deployments, node)));
    if (changed.length === 0) return;
    await store.saveTwins(changed);
    for (const twin of changed) {
      this.#twins.set(twin.node, twin);
      fleet.setDesiredVersion(twin.node, twin.version);
    }
    await this.#send(changed);
  }

  /** The rows of removed nodes went with the nodes. */
  #dropTwinsExcept(nodes: ReadonlySet<NodeId>): void {
    for (const node of this.#twins.keys()) if (!nodes.has(node)) this.#twins.delete(node);
  }

  #changedTwin({ id }: SelectableNode, wanted: readonly DesiredModel[]): Twin[] {
    const { version, models } = this.#twins.get(id) ?? { version: 0, models: [] };
    const allowed = wanted.slice(0, TWIN_MODELS_MAX);
    return isSameList(models, allowed) ? [] : [{ node: id, version: version + 1, models: allowed }];
  }

  /** A twin that is not heard is sent again after the next birth. */
  async #send(twins: readonly Twin[]): Promise<void> {
    const { fleet, twins: sender, log } = this.#options;
    for (const twin of twins) {
      if (!fleet.isOnline(twin.node)) continue;
      try {
        await sender.send(twin);
      } catch (error) {
        log.warn('a twin could not be sent', { node: twin.node, version: twin.version, error });
      }
    }
  }

  #inBackground(task: () => Promise<void>): void {
    this.#changes.run(task).catch((error: unknown) => {
      this.#options.log.error('a change of what nodes should be was not made', { error });
    });
  }

  #find(id: string): Deployment {
    const found = this.#deployments.get(id as DeploymentId);
    if (found === undefined)
      throw new SedgeError('DEPLOYMENT_NOT_FOUND', `there is no deployment ${id}`, { expose: true });
    return found;
  }

  #view({ id, model, selector, engine, createdAtMs }: Deployment): DeploymentView {
    const { fleet } = this.#options;
    const nodes = fleet.records().filter((node) => selects(selector, node));
    return {
      id,
      model,
      selector,
      ...(engine === undefined ? {} : { engine }),
      createdAt: new Date(createdAtMs).toISOString(),
      nodes: nodes.map((node) => {
        const status = fleet.statusOfModel(node.id, model);
        return {
          node: node.id,
          name: node.name,
          online: fleet.isOnline(node.id),
          ...(status === undefined ? {} : { status }),
        };
      }),
    };
  }
}

function wishOf({ model, selector, engine }: DeploymentRequest): Wish {
  return { model, selector, ...(engine === undefined ? {} : { engine }) };
}
