import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { limits } from '@sedge/protocol';
import { createWebSocketStream, WebSocketServer } from 'ws';

const PATH = '/mqtt';
const SUBPROTOCOLS = ['mqtt', 'mqttv3.1'];

/** What of an HTTP server this needs. */
export interface UpgradeSource {
  on(event: 'upgrade', listener: (request: IncomingMessage, socket: Duplex, head: Buffer) => void): unknown;
}

/**
 * Lets MQTT in over WebSocket at `/mqtt` of an HTTP server; an upgrade at any other path is answered with 404.
 * Returns what cuts every such connection: an HTTP server that closes waits for them and cannot end them itself.
 */
export function openWebSocketDoor(server: UpgradeSource, accept: (connection: Duplex) => void): () => void {
  const sockets = new WebSocketServer({
    noServer: true,
    // A WebSocket frame may carry several packets; the packet filter behind it bounds each of them.
    maxPayload: 4 * limits.mqttPacketBytesMax,
    perMessageDeflate: false,
    handleProtocols: (offered) => SUBPROTOCOLS.find((name) => offered.has(name)) ?? false,
  });
  server.on('upgrade', (request, socket, head) => {
    // Until `ws` takes over, nobody else hears the errors of this socket.
    const ignore = (): void => undefined;
    socket.on('error', ignore);
    if (pathOf(request.url) !== PATH) return refuse(socket);
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      socket.off('error', ignore);
      accept(createWebSocketStream(webSocket));
    });
  });
  return () => {
    for (const webSocket of sockets.clients) webSocket.terminate();
  };
}

function pathOf(url = '/'): string {
  return url.split('?', 1)[0] ?? '/';
}

function refuse(socket: Duplex): void {
  socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
}
