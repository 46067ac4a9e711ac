import { allocate } from './memory';

// The name of the interface is its exact import name; the host allows nothing else.
@external('sedge:model/host@0.1.0', 'log')
declare function hostLog(level: i32, pointer: usize, bytes: u32): void;

export namespace Level {
  export const DEBUG: i32 = 0;
  export const INFO: i32 = 1;
  export const WARN: i32 = 2;
  export const ERROR: i32 = 3;
}

export function log(level: i32, message: string): void {
  const bytes = String.UTF8.byteLength(message);
  const pointer = allocate(bytes);
  String.UTF8.encodeUnsafe(changetype<usize>(message), message.length, pointer);
  hostLog(level, pointer, bytes);
}

/** Takes the place of the compiler's abort import: says where, then traps. */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  const place = (file ? file : 'unknown') + ':' + line.toString() + ':' + column.toString();
  log(Level.ERROR, (message ? message : 'abort') + ' at ' + place);
  unreachable();
}
