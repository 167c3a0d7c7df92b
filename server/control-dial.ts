import { WebSocket } from 'ws';
import { type ControlEnd, FromWorker, type PageInput, type ToWorker } from '#core/control.ts';
import { keepAlive } from '#core/keep-alive.ts';
import type { WatchedProfile, WorkerDoor } from './live-dial.ts';

/** One person's line to the worker with the page. `over` settles once, with the reason, when it has ended from the other side or broke. */
export type ControlLine = {
  send(inputs: readonly PageInput[]): void;
  /** The row of the control has changed: the worker looks at it now instead of within a second. */
  look(): void;
  close(): void;
  /** True once the script stands still and input reaches the page; false when that never comes. */
  ready: Promise<boolean>;
  over: Promise<ControlEnd>;
};
export type DialControl = (profile: WatchedProfile, controlId: string) => ControlLine;

const handshakeMs = 5_000;

export function createControlDial({ hostOf }: { hostOf(profile: WatchedProfile): Promise<WorkerDoor | null> }): DialControl {
  return (profile, controlId) => {
    const ready = Promise.withResolvers<boolean>();
    const over = Promise.withResolvers<ControlEnd>();
    let socket: WebSocket | null = null;
    let isClosed = false;
    const say = (message: ToWorker) => {
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
    };
    const end = (why: ControlEnd) => {
      ready.resolve(false);
      over.resolve(why);
    };
    const dial = async () => {
      // A database that is away looks like a profile without a host.
      const door = await hostOf(profile).catch(() => null);
      if (isClosed || !door) return end('no_host');
      const query = new URLSearchParams({ profile: profile.profileId, workspace: profile.workspaceId, control: controlId });
      socket = new WebSocket(`${door.url.replace(/^http/, 'ws')}/control?${query}`, {
        headers: { authorization: `Bearer ${door.secret}` },
        perMessageDeflate: false,
        handshakeTimeout: handshakeMs,
        maxPayload: 1024,
      });
      listen(socket, { ready: () => ready.resolve(true), end });
    };
    void dial();
    return {
      send: (inputs) => say({ type: 'inputs', inputs: [...inputs] }),
      look: () => say({ type: 'look' }),
      close: () => {
        isClosed = true;
        socket?.close();
        end('connection_lost');
      },
      ready: ready.promise,
      over: over.promise,
    };
  };
}

function listen(socket: WebSocket, { ready, end }: { ready(): void; end(why: ControlEnd): void }): void {
  socket.once('open', () => keepAlive(socket));
  socket.on('message', (bytes) => {
    const message = FromWorker.safeParse(JSON.parse(String(bytes))).data;
    if (message?.type === 'ready') ready();
    if (message?.type === 'over') end(message.why);
  });
  // The close that follows each error is what is waited for.
  socket.on('error', () => undefined);
  socket.once('close', () => end('no_host'));
}
