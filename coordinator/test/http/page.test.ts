import { existsSync } from 'node:fs';
import { type Digest, type NodeId, type RunPlan, runPlan } from '@sedge/protocol';
import type { RoundView, RunView } from '@sedge/protocol/routes';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDoor, tokenOf } from './fake-rooms.ts';
import { openServer } from './open-server.ts';

const EXECUTABLE = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const skipped = EXECUTABLE === undefined ? ' (skipped: there is no Chromium at /usr/bin)' : '';

const plan: RunPlan = runPlan.parse({
  model: { name: 'digits', version: 2 },
  dataset: 'digits',
  rounds: 20,
  local: { epochs: 1, batchSize: 32, learningRate: 0.1 },
  privacy: { clipNorm: 1, noiseMultiplier: 1, delta: 1e-3, epsilonMax: 6 },
});
const weights = `sha256:${'f'.repeat(64)}` as Digest;
const run: RunView = {
  id: 'run-1' as RunView['id'],
  state: 'running',
  plan,
  population: 50,
  round: 3,
  epsilon: 1.25,
  weights,
  createdAt: '2026-01-01T00:00:00.000Z',
};
const round = (number: number, accuracy: number): RoundView => ({
  round: number,
  outcome: 'completed',
  cohort: 10,
  updates: 9,
  declined: 0,
  missing: 1,
  weights,
  accuracy,
  loss: 1 - accuracy,
  epsilon: 0.5 * number,
  seconds: 1.5,
  endedAt: '2026-01-01T00:00:00.000Z',
});

describe.skipIf(EXECUTABLE === undefined)(`the status page in a browser${skipped}`, { timeout: 60_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: EXECUTABLE ?? '', args: FLAGS });
  }, 60_000);
  afterAll(() => browser.close());

  /** A page that fails the test with whatever the browser complains of. */
  async function open(
    url: string,
    viewport: { width: number; height: number },
  ): Promise<{ page: Page; complaints: string[] }> {
    const complaints: string[] = [];
    const page = await browser.newPage({ viewport });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith('data:')) complaints.push(request.url());
    });
    return { page, complaints };
  }

  it('signs in by its address, hides the token, and shows what happens as it happens', async () => {
    await using server = await openServer();
    const { page, complaints } = await open(server.url, { width: 1280, height: 900 });
    await page.goto(`${server.url}/#token=${tokenOf('viewer')}`);
    await page.getByText('kitchen').first().waitFor();
    expect(page.url()).toBe(`${server.url}/`);
    expect(await page.getByText('No run was started yet.').count()).toBe(1);
    await page.getByText('Live', { exact: true }).waitFor();

    server.door.runs.push({ run, rounds: [round(1, 0.4), round(2, 0.7), round(3, 0.8)] });
    server.door.events.emit('run.changed', run.id, {});
    await page.getByRole('heading', { name: 'run-1' }).waitFor();
    expect(await page.getByRole('img', { name: 'Accuracy from 40.0% to 80.0%' }).count()).toBe(1);
    const [first] = await page.locator('#runs tbody tr').allInnerTexts();
    expect(first?.split(/\s+/).join(' ')).toBe('3 9 of 10 80.0% 0.200 1.500 1.5');
    await page.reload();
    await page.getByRole('heading', { name: 'run-1' }).waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('takes a typed token, says what is wrong with another, and fits a phone', async () => {
    await using server = await openServer();
    const { page } = await open(server.url, { width: 360, height: 740 });
    await page.goto(server.url);
    await page.getByLabel('Token').fill('sedge_wrong');
    await page.keyboard.press('Enter');
    await page.getByText('This token is not valid.').waitFor();
    await page.getByLabel('Token').fill(tokenOf('app'));
    await page.keyboard.press('Enter');
    await page.getByText('This token may not see the fleet.').waitFor();
    server.door.runs.push({ run, rounds: [round(1, 0.4), round(2, 0.7)] });
    await page.getByLabel('Token').fill(tokenOf('admin'));
    await page.keyboard.press('Enter');
    await page.getByText('kitchen').first().waitFor();
    const widths = await page.evaluate<number[]>('[document.documentElement.scrollWidth, innerWidth]');
    expect(widths[0]).toBeLessThanOrEqual(widths[1] ?? 0);
    await page.getByRole('button', { name: 'Sign out' }).click();
    expect(await page.getByLabel('Token').isVisible()).toBe(true);
    await page.close();
  });

  it('shows what a node calls itself as text', async () => {
    const door = openDoor();
    const { list } = door.rooms.fleet;
    const name = '<img src=x onerror="document.title=1">';
    Object.assign(door.rooms.fleet, {
      list: (page: Parameters<typeof list>[0]) => list(page).map((node) => ({ ...node, id: node.id as NodeId, name })),
    });
    await using server = await openServer(door);
    const { page, complaints } = await open(server.url, { width: 800, height: 600 });
    await page.goto(`${server.url}/#token=${tokenOf('viewer')}`);
    await page.getByText(name).first().waitFor();
    expect(await page.locator('#nodes img').count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('shows the HTTP interface without any other host', async () => {
    await using server = await openServer();
    const { page, complaints } = await open(server.url, { width: 1280, height: 900 });
    await page.goto(`${server.url}/docs`);
    await page.getByText('/api/v1/enrol', { exact: true }).first().waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });
});
