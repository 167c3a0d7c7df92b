import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { type WebSocket, WebSocketServer } from 'ws';
import { type BareAnswer, type BareAsk, clockOf } from './fan-out-words.ts';

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

process.on('message', async ({ rooms: many, frames, everyMs }: BareAsk) => {
  const at: Record<string, number> = {};
  const begun = performance.now();
  for (let nth = 0; nth < frames; nth += 1) {
    await wait(Math.max(0, begun + nth * everyMs - performance.now()));
    const messageId = randomUUID();
    const event = { kind: 'message_added', messageId, conversationId: randomUUID(), accountId: randomUUID() };
    const text = JSON.stringify({ type: 'event', cursor: `${nth}.${nth}`, at: new Date().toISOString(), event });
    at[messageId] = clockOf();
    for (const socket of rooms.get(`/${nth % many}`) ?? []) socket.send(text);
  }
  answer({ kind: 'sent', at });
});
const address = server.address();
answer({ kind: 'listens', port: typeof address === 'object' && address ? address.port : 0 });
