import { SedgeError } from '@sedge/protocol';
import type { LogEntry, LogFields } from './log-entry.ts';

const REDACTED = '[redacted]';
/** A field is secret by the last word of its name; `tokenId`, `keyId` and `publicKey` name things that may be read. */
const SECRET_NAME = /(?:^|[a-z0-9_-])(?:token|password|secret|key|seed|authorization|cookie|credentials)$/i;
const OPEN_NAMES: ReadonlySet<string> = new Set(['publickey', 'public_key', 'public-key']);
const DEPTH_MAX = 5;
const ITEMS_MAX = 100;
const CAUSES_MAX = 8;

export function jsonLine({ atMs, level, message, fields }: LogEntry): string {
  return JSON.stringify({ ...printable(fields), time: new Date(atMs).toISOString(), level, message });
}

export function prettyLine({ atMs, level, message, fields }: LogEntry): string {
  const time = new Date(atMs).toISOString().slice(11, 23);
  const words = Object.entries(printable(fields)).map(([name, value]) => `${name}=${word(value)}`);
  return [time, level.toUpperCase().padEnd(5), message, ...words].join(' ');
}

/** The fields as plain JSON values: without secrets, without cycles, of bounded size. */
export function printable(fields: LogFields): Record<string, unknown> {
  return printableObject(fields, 0);
}

export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !OPEN_NAMES.has(name.toLowerCase());
}

function printableObject(object: object, depth: number): Record<string, unknown> {
  const entries = Object.entries(object).slice(0, ITEMS_MAX);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, isSecretName(name) ? REDACTED : printableValue(value, depth + 1)]),
  );
}

function printableValue(value: unknown, depth: number): unknown {
  if (value instanceof Error) return printableError(value);
  if (ArrayBuffer.isView(value)) return `<${value.byteLength} bytes>`;
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
  if (typeof value === 'function') return '<function>';
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_MAX) return '<deeper>';
  if (Array.isArray(value)) return value.slice(0, ITEMS_MAX).map((item) => printableValue(item, depth + 1));
  return value instanceof Date ? value.toISOString() : printableObject(value, depth);
}

interface PrintedError {
  readonly code?: string;
  readonly message: string;
  readonly causes?: readonly string[];
  readonly stack?: string;
}

/** Where an error has a code, its place in our source matters little; where it has none, it is all we have. */
function printableError(error: Error): PrintedError {
  const code = codeOf(error);
  const causes = causesOf(error);
  return {
    ...(code === undefined ? {} : { code }),
    message: error instanceof SedgeError ? error.detail : error.message,
    ...(causes.length === 0 ? {} : { causes }),
    ...(code === undefined && error.stack !== undefined ? { stack: error.stack } : {}),
  };
}

function causesOf(error: Error): string[] {
  const causes: string[] = [];
  for (let cause = error.cause; cause !== undefined && causes.length < CAUSES_MAX;) {
    causes.push(describeCause(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}

function describeCause(cause: unknown): string {
  if (!(cause instanceof Error)) return typeof cause === 'string' ? cause : '<no error>';
  const code = codeOf(cause);
  return code === undefined || cause.message.startsWith(code) ? cause.message : `${code}: ${cause.message}`;
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function word(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text === undefined || /[\s="]/.test(text) ? JSON.stringify(text ?? 'undefined') : text;
}
