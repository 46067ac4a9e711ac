import { spawn } from 'node:child_process';
import { root } from './places.mjs';

/** The output of a failed tool is printed before this is thrown; the message says what to do. */
export class ToolFailed extends Error {}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const OUTPUT_CHARACTERS_MAX = 200_000;

/** Runs a tool quietly. If it fails, prints all that it said, then throws ToolFailed with the advice. */
export async function quietly(command, args, advice, options = {}) {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let output = '';
  const collect = (piece) => {
    output = (output + piece).slice(-OUTPUT_CHARACTERS_MAX);
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const { status, error } = await ended(child);
  if (status === 0) return output;
  process.stderr.write(output);
  throw new ToolFailed(`${command} ${args.join(' ')}\n  ${reason(status, error)}. ${advice}`);
}

/**
 * Runs a program in the foreground: it has the terminal, and signals to us are passed on to it.
 * Answers its exit status, 1 if a signal ended it.
 */
export async function foreground(command, args, options = {}) {
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
  // Ctrl-C at a terminal reaches the child without us, and a second one would mean haste.
  const forward = (signal) => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal));
  for (const signal of SIGNALS) process.on(signal, forward);
  const { status, error } = await ended(child);
  for (const signal of SIGNALS) process.off(signal, forward);
  if (error !== undefined) throw new ToolFailed(`${command} ${args.join(' ')}\n  ${error.message}`);
  return status ?? 1;
}

function ended(child) {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ status: undefined, error }));
    child.once('close', (status) => resolve({ status: status ?? undefined, error: undefined }));
  });
}

function reason(status, error) {
  return error === undefined ? `failed with exit status ${status ?? 'of a signal'}` : `did not start: ${error.message}`;
}
