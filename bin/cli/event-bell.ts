import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { EventCursor } from '#core/events.ts';
import { type ClientMessage, ServerMessage } from '#core/socket.ts';

type Subscription = { profileId?: string; campaignId?: string; conversationId?: string };
type Parts = { server: string; accessToken: () => Promise<string>; subscribe: Subscription; signal: AbortSignal };

export type Bell = AsyncDisposable & {
  /** Resolves at the next event, and no earlier than `gapMs` after the last ring; without a socket after a while, so that the caller polls. */
  nextRing(gapMs: number): Promise<void>;
};

/** Looking again although nothing rang: often while there is no socket, seldom as a net under a working one. */
const pollMs = { connected: 15_000, alone: 2000 } as const;
const retryMs = { first: 1000, most: 15_000 } as const;

/** Rings when something happens to what was subscribed to. It keeps a socket to /ws, takes it up again where it broke off, and never fails. */
export function openBell({ server, accessToken, subscribe, signal: outer }: Parts): Bell {
  const closing = new AbortController();
  const signal = AbortSignal.any([outer, closing.signal]);
  let isConnected = false;
  let hasRung = false;
  let after: EventCursor | undefined;
  let wake: () => void = () => undefined;
  const ring = () => {
    hasRung = true;
    wake();
  };

  function hear(data: WebSocket.RawData, socket: WebSocket): void {
    const message = ServerMessage.safeParse(jsonOf(String(data)));
    if (!message.success) return;
    if ('cursor' in message.data) after = message.data.cursor;
    if (message.data.type === 'ready') {
      isConnected = true;
      say(socket, { type: 'subscribe', ...subscribe });
    }
    if (message.data.type === 'refused') socket.close();
    else if (message.data.type !== 'pong') ring();
  }

  async function keepConnected(): Promise<void> {
    let wait: number = retryMs.first;
    while (!signal.aborted) {
      const token = await accessToken();
      signal.throwIfAborted();
      await oneSocket({ url: `${server.replace(/^http/, 'ws')}/ws`, hello: { type: 'authenticate', token, after }, hear, signal });
      wait = isConnected ? retryMs.first : Math.min(retryMs.most, wait * 2);
      isConnected = false;
      wake();
      await delay(wait, undefined, { signal });
    }
  }
  // Its end is the end of the signal, or a session that is over, which the caller's next request says better.
  const connection = keepConnected().catch(() => undefined);

  return {
    async nextRing(gapMs) {
      await delay(gapMs, undefined, { signal });
      if (!hasRung) {
        const woken = new AbortController();
        wake = () => woken.abort();
        const ms = isConnected ? pollMs.connected : pollMs.alone;
        await delay(ms, undefined, { signal: AbortSignal.any([signal, woken.signal]) }).catch(() => undefined);
      }
      signal.throwIfAborted();
      hasRung = false;
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await connection;
    },
  };
}

type OneSocket = { url: string; hello: ClientMessage; hear: (data: WebSocket.RawData, socket: WebSocket) => void; signal: AbortSignal };

/** Resolves when the socket has closed, whatever the reason. */
async function oneSocket({ url, hello, hear, signal }: OneSocket): Promise<void> {
  const socket = new WebSocket(url, { handshakeTimeout: 10_000 });
  const stop = () => socket.terminate();
  signal.addEventListener('abort', stop, { once: true });
  await new Promise<void>((resolve) => {
    socket.on('open', () => say(socket, hello));
    socket.on('message', (data) => hear(data, socket));
    // `close` follows every error.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
  });
  signal.removeEventListener('abort', stop);
}

function say(socket: WebSocket, message: ClientMessage): void {
  socket.send(JSON.stringify(message));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
