import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { ClientMessage, type ServerMessage } from '#core/socket.ts';
import { type Bell, openBell } from './event-bell.ts';

const campaignId = '11111111-1111-4111-8111-111111111111';
const controller = new AbortController();
let sockets: WebSocketServer;
let heard: ClientMessage[];
let bell: Bell | undefined;

beforeEach(async () => {
  heard = [];
  sockets = new WebSocketServer({ port: 0, host: '127.0.0.1', path: '/ws' });
  await once(sockets, 'listening');
});
afterEach(async () => {
  await bell?.[Symbol.asyncDispose]();
  for (const socket of sockets.clients) socket.terminate();
  await new Promise((resolve) => sockets.close(resolve));
});

/** The part of the server that matters here; `answer` says what follows each message. */
function serve(answer: (message: ClientMessage, socket: WebSocket) => ServerMessage[]): void {
  sockets.on('connection', (socket) => {
    socket.on('message', (data) => {
      const message = ClientMessage.parse(JSON.parse(String(data)));
      heard.push(message);
      for (const reply of answer(message, socket)) socket.send(JSON.stringify(reply));
    });
  });
}

function open(): Bell {
  const { port } = sockets.address() as AddressInfo; // It listens on a port, so it is no pipe.
  bell = openBell({ server: `http://127.0.0.1:${port}`, accessToken: async () => 'the token', subscribe: { campaignId }, signal: controller.signal });
  return bell;
}

const event = (cursor: string): ServerMessage => ({
  type: 'event',
  cursor,
  at: '2026-06-01T00:00:00.000Z',
  event: { kind: 'campaign_changed', campaignId },
});

test('it signs in with the first message, subscribes, and rings at an event', async () => {
  serve((message) => (message.type === 'authenticate' ? [{ type: 'ready', cursor: '1.1' }] : [event('2.1')]));
  const one = open();
  await one.nextRing(0);
  await one.nextRing(0);
  expect(heard).toEqual([
    { type: 'authenticate', token: 'the token' },
    { type: 'subscribe', campaignId },
  ]);
});

test('after a break it asks for what came after the last event it saw', async () => {
  serve((message, socket) => {
    if (message.type === 'authenticate') return [{ type: 'ready', cursor: message.after ?? '1.1' }];
    if (heard.length > 2) return [event('9.1')];
    socket.send(JSON.stringify(event('7.3')), () => socket.terminate());
    return [];
  });
  const one = open();
  while (heard.length < 4) await one.nextRing(0);
  expect(heard[2]).toEqual({ type: 'authenticate', token: 'the token', after: '7.3' });
});

test('without a socket it rings by itself, so that the caller polls', async () => {
  sockets.options.verifyClient = (_info: unknown, done: (isLetIn: boolean, code: number) => void) => done(false, 404);
  await expect(open().nextRing(0)).resolves.toBeUndefined();
  expect(heard).toEqual([]);
});

test('it stops waiting when it is told to', async () => {
  const stop = new AbortController();
  const { port } = sockets.address() as AddressInfo; // It listens on a port, so it is no pipe.
  await using one = openBell({ server: `http://127.0.0.1:${port}`, accessToken: async () => 't', subscribe: {}, signal: stop.signal });
  const ring = one.nextRing(0);
  stop.abort();
  await expect(ring).rejects.toThrow(/abort/i);
});
