import type { Birth } from '@sedge/protocol';
import type { BoardSource } from './board-source.ts';

const LENGTH_MAX = 200;

/** What kind of machine this is. */
export async function platformOf(board: BoardSource): Promise<Birth['platform']> {
  const model = await board.readText('/proc/device-tree/model');
  // The device tree ends its texts with a zero byte.
  const name = model?.replaceAll('\0', '').trim().slice(0, LENGTH_MAX);
  return {
    os: `${board.platform} ${board.release}`.slice(0, LENGTH_MAX),
    arch: board.arch,
    nodeVersion: board.nodeVersion,
    cpuModel: (board.cpus()[0]?.model ?? 'unknown').slice(0, LENGTH_MAX),
    ...(name !== undefined && name !== '' && { board: name }),
  };
}
