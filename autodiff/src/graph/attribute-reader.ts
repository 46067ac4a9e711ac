import type { OnnxNode } from '../codec/messages.ts';
import { decodeUtf8 } from '../codec/utf8.ts';

/** Attributes of a node by name; the second argument stands for one that is left out. */
export interface AttributeReader {
  int(name: string, absent: number): number;
  float(name: string, absent: number): number;
  text(name: string, absent: string): string;
  ints(name: string): number[] | undefined;
  has(name: string): boolean;
}

export function attributeReader(node: OnnxNode): AttributeReader {
  const find = (name: string) => node.attributes.find((attribute) => attribute.name === name);
  return {
    int: (name, absent) => Number(find(name)?.i ?? absent),
    float: (name, absent) => find(name)?.f ?? absent,
    text: (name, absent) => decodeText(find(name)?.s) ?? absent,
    ints: (name) => {
      const ints = find(name)?.ints;
      return ints && Array.from(ints, Number);
    },
    has: (name) => find(name) !== undefined,
  };
}

function decodeText(bytes: Uint8Array | undefined): string | undefined {
  return bytes && decodeUtf8(bytes);
}
