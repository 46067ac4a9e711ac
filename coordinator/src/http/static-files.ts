import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

export interface StaticFile {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
}

/** Two folders up from this file lies the package, both from `src/http` and from `dist/http`. */
const PAGE = new URL('../../page/', import.meta.url);
const require = createRequire(import.meta.url);

/** Nothing from outside, nothing inline: the page cannot be made to run what an attacker wrote into a name. */
const PAGE_POLICY =
  "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'; img-src 'self' data:";
/** Swagger UI sets style attributes. */
const DOCS_POLICY = `${PAGE_POLICY}; style-src 'self' 'unsafe-inline'`;

const TYPES = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};
type Kind = keyof typeof TYPES;

/** Files beside the routes, by address: the status page, and what the page of the documents is made of. */
export const staticFiles: ReadonlyMap<string, () => Promise<StaticFile>> = new Map([
  ['/', () => fromPage('status.html', 'html', PAGE_POLICY)],
  ['/page/status.css', () => fromPage('status.css', 'css', PAGE_POLICY)],
  ['/page/status.js', () => fromPage('status.js', 'js', PAGE_POLICY)],
  ['/page/docs.js', () => fromPage('docs.js', 'js', DOCS_POLICY)],
  ['/page/swagger-ui.css', () => fromSwagger('swagger-ui.css', 'css')],
  ['/page/swagger-ui-bundle.js', () => fromSwagger('swagger-ui-bundle.js', 'js')],
]);

export function docsPage(): Promise<StaticFile> {
  return fromPage('docs.html', 'html', DOCS_POLICY);
}

async function fromPage(name: string, kind: Kind, policy: string): Promise<StaticFile> {
  return { body: new Uint8Array(await readFile(new URL(name, PAGE))), headers: headersOf(kind, policy) };
}

async function fromSwagger(name: string, kind: Kind): Promise<StaticFile> {
  const body = new Uint8Array(await readFile(require.resolve(`swagger-ui-dist/${name}`)));
  return { body, headers: { ...headersOf(kind, DOCS_POLICY), 'cache-control': 'max-age=3600' } };
}

function headersOf(kind: Kind, policy: string): Record<string, string> {
  return {
    'content-type': TYPES[kind],
    'content-security-policy': policy,
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  };
}
