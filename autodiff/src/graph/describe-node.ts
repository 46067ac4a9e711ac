import type { OnnxNode } from '../codec/messages.ts';

/** How errors name a node: many files give nodes no name of their own. */
export function describeNode({ opType, name, outputs, domain }: OnnxNode): string {
  const operator = domain === undefined || domain === '' ? opType : `${domain}.${opType}`;
  return name === undefined || name === '' ? `${operator} that makes "${outputs[0] ?? ''}"` : `${operator} "${name}"`;
}
