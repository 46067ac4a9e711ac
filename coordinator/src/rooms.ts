import type { KeyId, KeyPair, ProjectId } from '@sedge/protocol';
import type { ApiTokens } from './access/api-tokens.ts';
import type { Authenticate } from './access/authenticator.ts';
import type { EnrolmentTokens } from './access/enrolment-tokens.ts';
import type { Enrolments } from './access/enrolments.ts';
import type { Publishers } from './access/publishers.ts';
import type { Datasets } from './datasets/datasets.ts';
import type { EventHub } from './events/event-hub.ts';
import type { Fleet } from './fleet/fleet.ts';
import type { NodeCommands } from './fleet/node-commands.ts';
import type { ReleaseModel } from './fleet/release-model.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { Models } from './models/models.ts';
import type { Rollouts } from './rollouts/rollouts.ts';
import type { Blobs } from './store/blobs.ts';

/** The coordinator's own name and key. */
export interface Identity {
  readonly project: ProjectId;
  readonly key: KeyPair;
  readonly keyId: KeyId;
}

/** Where the doors are; known once they are open. */
export interface Addresses {
  readonly httpUrl: () => string;
  readonly mqttUrl: () => string;
}

/** What stands behind the doors. */
export interface Rooms {
  readonly identity: Identity;
  readonly addresses: Addresses;
  readonly authenticate: Authenticate;
  readonly apiTokens: ApiTokens;
  readonly enrolmentTokens: EnrolmentTokens;
  readonly enrolments: Enrolments;
  readonly publishers: Publishers;
  readonly fleet: Fleet;
  readonly commands: NodeCommands;
  readonly releaseModel: ReleaseModel;
  readonly models: Models;
  readonly rollouts: Rollouts;
  readonly datasets: Datasets;
  readonly ledger: Ledger;
  readonly events: EventHub;
  readonly blobs: Blobs;
}
