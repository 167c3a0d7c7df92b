import { once } from 'node:events';
import { type WebSocket, WebSocketServer } from 'ws';
import type { BareAnswer, BareAsk } from './fan-out-words.ts';

/** What telling a room costs at the very least: one frame, sent to each socket of it. */
const answer = (one: BareAnswer) => void process.send?.(one);
const rooms = new Map<string, Set<WebSocket>>();
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.on('connection', (socket, request) => {
  const room = rooms.get(request.url ?? '') ?? new Set();
  rooms.set(request.url ?? '', room.add(socket));
  socket.on('close', () => room.delete(socket));
});
await once(server, 'listening');

let told = 0;
process.on('message', ({ room, event }: BareAsk) => {
  told += 1;
  const text = JSON.stringify({ type: 'event', cursor: `${told}.${told}`, at: new Date().toISOString(), event });
  for (const socket of rooms.get(`/${room}`) ?? []) socket.send(text);
});
const address = server.address();
answer({ kind: 'listens', port: typeof address === 'object' && address ? address.port : 0 });
