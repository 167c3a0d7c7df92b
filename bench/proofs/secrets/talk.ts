import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket } from 'ws';

// biome-ignore lint/suspicious/noExplicitAny: replies of any path, of which only what a later call needs is read.
type Reply = any;
export type Talk = Awaited<ReturnType<typeof openTalk>>;

const longestMs = 120_000;

/** A stand-in's own door, of which nothing is kept. */
export const outside = async (address: string): Promise<Reply> => (await fetch(address)).json();

/** Talks to a product as a client does, and keeps every answer: replies with their headers, and what the socket said. */
export function openTalk(url: string) {
  const heard: string[] = [];
  const told: string[] = [];
  let token = '';
  const bearer = (): Record<string, string> => (token ? { authorization: `Bearer ${token}` } : {});

  async function take(reply: Response, into = heard): Promise<Reply> {
    const bytes = Buffer.from(await reply.arrayBuffer());
    into.push(`${reply.status} ${JSON.stringify([...reply.headers])} ${bytes.toString('latin1')}`, bytes.toString('utf8'));
    return reply.headers.get('content-type')?.includes('json') ? JSON.parse(bytes.toString('utf8')) : {};
  }
  /** What a later call needs has to be made. */
  async function make(path: string, body: object): Promise<string> {
    const reply = await send('POST', path, body);
    if (!reply.id) throw new Error(`${path} made nothing: ${JSON.stringify(reply)}`);
    return reply.id;
  }
  const raw = async (method: string, path: string, body: string | null, headers: Record<string, string>) =>
    take(await fetch(url + path, { method, body, headers, redirect: 'manual' }));
  const send = (method: string, path: string, body: object) =>
    raw(method, path, JSON.stringify(body), { ...bearer(), 'content-type': 'application/json' });
  return {
    heard,
    /** Replies that hand tokens out. */
    told,
    raw,
    send,
    make,
    async signUp(person: {
      email: string;
      password: string;
      name: string;
      workspace: string;
    }): Promise<{ accessToken: string; refreshToken: string }> {
      const body = JSON.stringify(person);
      const made = await take(
        await fetch(`${url}/api/auth/register`, { method: 'POST', body, headers: { 'content-type': 'application/json' } }),
        told,
      );
      token = made.accessToken;
      return made;
    },
    async form(path: string, fields: Record<string, string>, file: string): Promise<Reply> {
      const body = new FormData();
      for (const [name, value] of Object.entries(fields)) body.append(name, value);
      body.append('file', new Blob([file]), 'profile.patchbay');
      return take(await fetch(url + path, { method: 'POST', body, headers: bearer() }));
    },
    async until(path: string, holds: (reply: Reply) => boolean): Promise<void> {
      const deadline = performance.now() + longestMs;
      for (;;) {
        const reply = await raw('GET', path, null, bearer());
        if (holds(reply)) return;
        if (performance.now() > deadline) throw new Error(`${path} stays ${JSON.stringify(reply).slice(0, 300)}`);
        await wait(300);
      }
    },
    /** Says one thing and listens for a moment. */
    socket: (message: object) => hear(url, message, { into: heard, forMs: 2_000 }),
    /** Everything that the event log says from its beginning, and then what comes. */
    listen: () => hear(url, { type: 'authenticate', token, cursor: '0' }, { into: heard, forMs: 3_000 }),
  };
}

/** Until the server closes, or for so long. */
async function hear(url: string, message: object, { into, forMs }: { into: string[]; forMs: number }): Promise<void> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`);
  socket.on('error', () => undefined);
  socket.on('message', (data) => void into.push(String(data)));
  socket.on('open', () => socket.send(JSON.stringify(message)));
  await Promise.race([new Promise((resolve) => socket.on('close', resolve)), wait(forMs)]);
  socket.close();
}
