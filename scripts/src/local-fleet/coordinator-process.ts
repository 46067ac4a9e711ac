import { join } from 'node:path';
import { z } from 'zod';
import { Child } from './child-process.ts';
import { childEnvironment } from './child-environment.ts';

export interface CoordinatorOptions {
  /** State and log lie here. */
  readonly folder: string;
  /** 0 picks a free one. */
  readonly httpPort: number;
  readonly mqttPort: number;
  readonly env: Readonly<Record<string, string>>;
}

/** What the coordinator writes once its doors are open. */
const announcement = z.object({ http: z.url(), mqtt: z.url(), adminToken: z.string().optional() });

const READY_MS = 30_000;

/** One coordinator process; it can be stopped, killed and started again on the same state and ports. */
export class CoordinatorProcess {
  readonly #options: CoordinatorOptions;
  #child: Child | undefined;
  #httpUrl = '';
  #mqttUrl = '';
  #adminToken: string | undefined;

  constructor(options: CoordinatorOptions) {
    this.#options = options;
  }

  get httpUrl(): string {
    return this.#httpUrl;
  }

  get mqttUrl(): string {
    return this.#mqttUrl;
  }

  /** Known after the first start on a new state folder. */
  get adminToken(): string | undefined {
    return this.#adminToken;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async start(): Promise<void> {
    this.#child = new Child({
      name: 'coordinator',
      program: 'coordinator',
      args: ['--json'],
      env: childEnvironment({ ...this.#options.env, ...this.#settings() }),
      logFile: join(this.#options.folder, 'log'),
    });
    const announced = await this.#child.firstLine(announcementOf, READY_MS);
    this.#httpUrl = announced.http;
    this.#mqttUrl = announced.mqtt;
    this.#adminToken ??= announced.adminToken;
  }

  async stop(): Promise<void> {
    await this.#child?.stop();
  }

  /** As a power cut does. */
  async kill(): Promise<void> {
    await this.#child?.kill();
  }

  /** After the first start the ports stay, so that the nodes find the coordinator again. */
  #settings(): Record<string, string> {
    const { folder, httpPort, mqttPort } = this.#options;
    return {
      SEDGE_STATE_DIR: join(folder, 'state'),
      SEDGE_HTTP_PORT: portOf(this.#httpUrl) ?? String(httpPort),
      SEDGE_MQTT_PORT: portOf(this.#mqttUrl) ?? String(mqttPort),
    };
  }
}

function announcementOf(line: string): z.infer<typeof announcement> | undefined {
  return line.startsWith('{"http"') ? announcement.parse(JSON.parse(line)) : undefined;
}

function portOf(url: string): string | undefined {
  return url === '' ? undefined : new URL(url).port;
}
