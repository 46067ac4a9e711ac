import { createServer, type AddressInfo } from 'node:net';
import { Aedes } from 'aedes';

/** What a heartbeat costs at least: the broker alone in a process, and a subscriber in it that counts. */
const broker = new Aedes();
await broker.listen();
let heard = 0;
await new Promise<void>((resolve) => {
  broker.subscribe(
    'sedge/v1/+/+/+/up/#',
    (packet, done) => {
      if (packet.topic.endsWith('/up/hb')) heard += 1;
      done();
    },
    resolve,
  );
});
const server = createServer(broker.handle);
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ port: (server.address() as AddressInfo).port }));
});
let told = 0;
setInterval(() => {
  if (heard !== told) console.log(JSON.stringify({ heard }));
  told = heard;
}, 50);
