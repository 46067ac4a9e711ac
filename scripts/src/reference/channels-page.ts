import { channels, type Channel } from '@sedge/protocol';
import { GENERATED } from './page.ts';

/** docs/reference/mqtt.md, from the channel table. */
export function channelsPage(): string {
  const rows = (Object.values(channels) as Channel[]).map(
    ({ path, payload, qos, retain, summary }) =>
      `| \`${path}\` | ${qos}${retain ? ', retained' : ''} | ${payloadWords(payload)} | ${summary} |`,
  );
  return [
    '# MQTT',
    '',
    GENERATED,
    '',
    'Every topic begins with `sedge/v1/<project>/<shard>/<node>/`; the shard is the first byte of the SHA-256 of the node',
    'id, in hex. `up` is what the node says, `down` what it is told. A node may publish and subscribe nowhere else. No',
    'message is longer than 262,144 bytes. The schemas stand in `/asyncapi.json`.',
    '',
    '| Topic | QoS | Payload | Meaning |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function payloadWords(payload: Channel['payload']): string {
  switch (payload.kind) {
    case 'json':
      return 'JSON';
    case 'signed':
      return 'JSON in a signed envelope';
    case 'chunks':
      return payload.of === 'bytes' ? 'chunk frames' : 'chunk frames of a tensor frame';
  }
}
