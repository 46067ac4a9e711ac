// The plain status page. Names and errors of nodes are shown as text only, never as HTML.

const TOKEN_KEY = 'sedge-token';
/** Changes of the same moment are shown together. */
const REFRESH_DELAY_MS = 300;
const RECONNECT_DELAY_MS = 3_000;
const RUNS_SHOWN = 5;

const element = (id) => document.getElementById(id);
const state = { token: takeToken(), lastEventId: undefined, stream: undefined, isRefreshing: false, isStale: false };

element('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  void signIn(element('token').value.trim());
});
element('leave').addEventListener('click', () => signOut());
if (state.token === null) showSignIn();
else void signIn(state.token);

/** A token in the address is put away, so that it does not stay in the history or on a screenshot. */
function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given === null) return sessionStorage.getItem(TOKEN_KEY);
  history.replaceState(null, '', location.pathname);
  return given;
}

async function signIn(token) {
  state.token = token;
  if (!(await refresh())) return;
  sessionStorage.setItem(TOKEN_KEY, token);
  element('token').value = '';
  element('sign-in').hidden = true;
  element('facts').hidden = false;
  element('leave').hidden = false;
  void watch(token);
}

function signOut(reason) {
  sessionStorage.removeItem(TOKEN_KEY);
  state.token = null;
  state.stream?.abort();
  showSignIn();
  if (reason !== undefined) trouble(reason);
}

function showSignIn() {
  element('facts').hidden = true;
  element('leave').hidden = true;
  element('sign-in').hidden = false;
  live('Not signed in');
  element('token').focus();
}

function live(words) {
  element('live').textContent = words;
}

function trouble(words) {
  element('trouble').hidden = words === undefined;
  element('trouble').textContent = words ?? '';
}

class Refusal extends Error {
  constructor(status, words) {
    super(words);
    this.status = status;
  }
}

async function get(path, options = {}) {
  const headers = { authorization: `Bearer ${state.token}`, ...options.headers };
  const response = await fetch(path, { ...options, headers });
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw new Refusal(response.status, problem.title ?? `The coordinator answered ${response.status}.`);
}

async function json(path) {
  return (await get(path)).json();
}

/** Every page of a list, up to what a page can sensibly show. */
async function all(path) {
  const { items, next } = await json(`${path}?limit=1000`);
  return { items, isCut: next !== undefined };
}

/** False if it could not be done; then the page says why. */
async function refresh() {
  try {
    const [info, nodes, models, deployments, runs] = await Promise.all([
      json('/api/v1/info'),
      all('/api/v1/nodes'),
      all('/api/v1/models'),
      all('/api/v1/deployments'),
      json(`/api/v1/runs?limit=${RUNS_SHOWN}`),
    ]);
    const rounds = await Promise.all(runs.items.map(({ id }) => json(`/api/v1/runs/${id}/rounds`)));
    show({ info, nodes, models, deployments, runs: runs.items, rounds: rounds.map(({ items }) => items) });
    trouble(undefined);
    return true;
  } catch (error) {
    report(error);
    return false;
  }
}

function report(error) {
  if (error instanceof Refusal && error.status === 401) {
    return signOut('This token is not valid. Copy it whole, or make a new one with "sedge tokens create".');
  }
  if (error instanceof Refusal && error.status === 403) {
    return signOut('This token may not see the fleet. Ask an admin for one with the role viewer.');
  }
  live('Not connected');
  if (error instanceof Refusal) return trouble(error.message);
  trouble('The coordinator does not answer. Check that it runs; this page tries again by itself.');
}

/** Hears of changes until the token is another one, through every loss of the connection. */
async function watch(token) {
  while (state.token === token) {
    try {
      await follow();
    } catch (error) {
      if (state.token !== token) return;
      report(error);
    }
    await new Promise((resolve) => setTimeout(resolve, RECONNECT_DELAY_MS));
    if (state.token === token) await refresh();
  }
}

/** One connection. `EventSource` cannot send a token. */
async function follow() {
  state.stream = new AbortController();
  const headers = state.lastEventId === undefined ? {} : { 'last-event-id': state.lastEventId };
  const response = await get('/api/v1/events', { headers, signal: state.stream.signal });
  live('Live');
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const messages = (text + part.value).split('\n\n');
    text = messages.pop();
    for (const message of messages) hear(message);
  }
  live('Connecting again');
}

function hear(message) {
  const id = /^id: (.+)$/m.exec(message)?.[1];
  if (id === undefined) return;
  state.lastEventId = id;
  void refreshSoon();
}

/** One refresh at a time; what happens meanwhile leads to one more. */
async function refreshSoon() {
  state.isStale = true;
  if (state.isRefreshing) return;
  state.isRefreshing = true;
  while (state.isStale && state.token !== null) {
    await new Promise((resolve) => setTimeout(resolve, REFRESH_DELAY_MS));
    state.isStale = false;
    await refresh();
  }
  state.isRefreshing = false;
}

function show({ info, nodes, models, deployments, runs, rounds }) {
  element('about').textContent = `${info.project}, version ${info.version}`;
  put('nodes', nodes.items.length > 0 ? nodeTable(nodes) : noNodes());
  put('models', models.items.length > 0 ? modelTable(models) : noModels());
  put('deployments', deployments.items.length > 0 ? deploymentTable(deployments) : noDeployments());
  put('runs', runs.length > 0 ? runs.map((run, index) => runPart(run, rounds[index])) : noRuns());
}

function put(id, content) {
  element(id).replaceChildren(...[content].flat());
}

function make(tag, content, className) {
  const made = document.createElement(tag);
  made.append(...[content ?? []].flat());
  if (className !== undefined) made.className = className;
  return made;
}

function noNodes() {
  return empty(
    'No node is enrolled yet. Make a token with ',
    'sedge tokens create --enrol',
    ', then on the board: ',
    'sedge-agent enrol --token <token>',
  );
}

function noModels() {
  return empty('No model is published yet. Publish one with ', 'sedge models publish <name> <file>');
}

function noDeployments() {
  return empty('No model is deployed yet. Deploy one to all nodes with ', 'sedge deploy <model>');
}

function noRuns() {
  return empty('No run was started yet. Start one with ', 'sedge runs start');
}

/** Words and commands by turns. */
function empty(...parts) {
  return make(
    'p',
    parts.map((part, index) => (index % 2 === 0 ? part : make('code', part))),
    'empty',
  );
}

function table(caption, columns, rows) {
  const head = columns.map(({ name, className }) => Object.assign(make('th', name, className), { scope: 'col' }));
  const body = rows.map((row) =>
    make(
      'tr',
      row.map((cell, index) => make('td', cell, columns[index].className)),
    ),
  );
  const made = make('table', [make('thead', make('tr', head)), make('tbody', body)]);
  made.setAttribute('aria-label', caption);
  const scroll = make('div', made, 'scroll');
  scroll.tabIndex = 0;
  return scroll;
}

function withCut(made, isCut) {
  return isCut ? [made, make('p', 'Only the first 1000 are shown.', 'empty')] : made;
}

function nodeTable({ items, isCut }) {
  const columns = [
    { name: 'Name' },
    { name: 'Status' },
    { name: 'Models' },
    { name: 'CPU', className: 'number wide' },
    { name: 'Memory free', className: 'number wide' },
    { name: 'Agent', className: 'wide' },
  ];
  const rows = items.map((node) => [
    node.name,
    statusWord(node.status),
    node.models.map((model) => make('div', `${model.name}@${model.version} ${modelWord(model)}`, modelClass(model))),
    percent(node.resources?.cpu.usedFraction),
    megabytes(node.resources?.memory.availableBytes),
    node.agent ?? '',
  ]);
  return withCut(table('Nodes', columns, rows), isCut);
}

function statusWord(status) {
  const words = { online: 'online', offline: 'offline', enrolled: 'enrolled, not seen yet' };
  return make('span', words[status] ?? status, status === 'online' ? 'good' : status === 'offline' ? 'bad' : undefined);
}

/** What is kept from running is told apart from what merely failed; a pull tells how far it is. */
function modelWord({ state: modelState, error, progress }) {
  if (error?.code === 'MODEL_QUARANTINED') return 'in quarantine';
  if (progress === undefined || progress.totalBytes === 0) return modelState;
  return `${modelState}, ${percent(progress.doneBytes / progress.totalBytes)}`;
}

function modelClass({ state: modelState }) {
  return modelState === 'failed' ? 'bad' : modelState === 'ready' ? 'good' : undefined;
}

function modelTable({ items, isCut }) {
  const columns = [
    { name: 'Version' },
    { name: 'Format' },
    { name: 'Ready on', className: 'number' },
    { name: 'Published', className: 'wide' },
  ];
  const rows = items.flatMap(({ versions }) =>
    versions.map((version) => [
      `${version.name}@${version.version}`,
      version.format,
      count(version.readyNodes, 'node'),
      moment(version.publishedAt),
    ]),
  );
  return withCut(table('Models', columns, rows), isCut);
}

function deploymentTable({ items, isCut }) {
  const columns = [
    { name: 'Model' },
    { name: 'For' },
    { name: 'Ready', className: 'number' },
    { name: 'Failed', className: 'number' },
  ];
  const rows = items.map(({ model, selector, nodes }) => [
    `${model.name}@${model.version}`,
    selectorWords(selector),
    `${nodes.filter(({ status }) => status?.state === 'ready').length} of ${nodes.length}`,
    failures(nodes),
  ]);
  return withCut(table('Deployments', columns, rows), isCut);
}

function selectorWords(selector) {
  if (selector === 'all') return 'all nodes';
  if (selector.nodes !== undefined) return selector.nodes.join(', ');
  return Object.entries(selector.labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}

function failures(nodes) {
  const failed = nodes.filter(({ status }) => status?.state === 'failed');
  if (failed.length === 0) return '0';
  return failed.map(({ name, status }) => make('div', `${name}: ${status.error?.code ?? 'failed'}`, 'bad'));
}

function runPart(run, rounds) {
  const { plan } = run;
  const facts = [
    `${run.state}, round ${run.round} of ${plan.rounds}`,
    `${plan.model.name}@${plan.model.version} on ${plan.dataset}`,
    count(run.population, 'node'),
  ];
  if (run.progress !== undefined)
    facts.push(`${run.progress.stage}: ${run.progress.updates} of ${run.progress.cohort} updates`);
  if (plan.privacy !== undefined)
    facts.push(`epsilon ${number(run.epsilon, 3)} of at most ${plan.privacy.epsilonMax}, delta ${plan.privacy.delta}`);
  if (run.published !== undefined) facts.push(`published as ${run.published.name}@${run.published.version}`);
  const parts = [make('h3', run.id), make('p', facts.join(' · '))];
  if (run.error !== undefined) parts.push(make('p', `${run.error.code}: ${run.error.detail}`, 'bad'));
  if (rounds.length === 0) parts.push(make('p', 'No round is closed yet.', 'empty'));
  else parts.push(...accuracyCurve(rounds), roundTable(run, rounds));
  return make('article', parts);
}

function roundTable(run, rounds) {
  const hasPrivacy = run.plan.privacy !== undefined;
  const columns = [
    { name: 'Round', className: 'number' },
    { name: 'Updates', className: 'number' },
    { name: 'Accuracy', className: 'number' },
    { name: 'Loss', className: 'number' },
    ...(hasPrivacy ? [{ name: 'Epsilon', className: 'number' }] : []),
    { name: 'Seconds', className: 'number wide' },
  ];
  const rows = rounds
    .toReversed()
    .map((round) => [
      String(round.round),
      round.outcome === 'completed' ? `${round.updates} of ${round.cohort}` : make('span', round.outcome, 'bad'),
      percent(round.accuracy),
      number(round.loss, 3),
      ...(hasPrivacy ? [number(round.epsilon, 3)] : []),
      number(round.seconds, 1),
    ]);
  return table(`Rounds of ${run.id}`, columns, rows);
}

/** The accuracy of each evaluated round from 0 to 100%. */
function accuracyCurve(rounds) {
  const points = rounds.filter(({ accuracy }) => accuracy !== undefined);
  if (points.length < 2) return [];
  const first = points[0].round;
  const span = points.at(-1).round - first;
  const at = ({ round, accuracy }) => `${(100 * (round - first)) / span},${100 - 100 * accuracy}`;
  const svg = draw('svg', { class: 'curve', viewBox: '0 0 100 100', preserveAspectRatio: 'none', role: 'img' });
  const label = `Accuracy from ${percent(points[0].accuracy)} to ${percent(points.at(-1).accuracy)}`;
  svg.setAttribute('aria-label', label);
  for (const y of [0, 50, 100]) svg.append(draw('line', { x1: 0, x2: 100, y1: y, y2: y }));
  svg.append(draw('polyline', { points: points.map(at).join(' ') }));
  return [svg, make('p', `${label}; the lines are 0, 50 and 100%.`, 'hint')];
}

function draw(tag, attributes) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function percent(fraction) {
  return fraction === undefined ? '' : `${(100 * fraction).toFixed(1)}%`;
}

function number(value, digits) {
  return value === undefined ? '' : value.toFixed(digits);
}

function megabytes(bytes) {
  return bytes === undefined ? '' : `${Math.round(bytes / 1e6)} MB`;
}

function count(value, noun) {
  return `${value} ${noun}${value === 1 ? '' : 's'}`;
}

function moment(text) {
  return new Date(text).toLocaleString();
}
