/** How a field lies on the wire (protobuf encoding guide, "Message Structure"). Groups (3 and 4) never occur in ONNX. */
export const WIRE_TYPE = { varint: 0, fixed64: 1, lengthDelimited: 2, fixed32: 5 } as const;

export type WireType = (typeof WIRE_TYPE)[keyof typeof WIRE_TYPE];

export function isWireType(value: number): value is WireType {
  return value === 0 || value === 1 || value === 2 || value === 5;
}
