import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { Failure, type FailureCode, failures } from '#core/failure.ts';
import { decodeFrame, type FrameKind, type LiveFrame, newestOnly } from '#core/live-frame.ts';
import { noTabs, PageTabs } from '#core/tabs.ts';

export type WatchedProfile = { workspaceId: string; profileId: string };
export type WorkerDoor = { url: string; secret: string };

export type LiveDialOptions = {
  /** The worker that holds the profile now, or null while none does. */
  hostOf(profile: WatchedProfile): Promise<WorkerDoor | null>;
  /** How often it is looked whether the profile has moved to another worker; also the pause before dialling again. */
  lookEveryMs?: number;
};

/** Whoever looks at a profile. Tabs are told with `live` alone. */
export type FrameViewer = { show(frame: LiveFrame): void | Promise<void>; tell?(tabs: PageTabs): void };

export type LiveDial = {
  /**
   * Frames of a profile until `signal` aborts, wherever it runs and moves to. The last one comes at once when others watch already. A
   * viewer is busy until its promise settles and meanwhile misses frames. The caller has checked that the viewer may see it.
   */
  watch(profile: WatchedProfile, kind: FrameKind, viewer: FrameViewer, signal: AbortSignal): void;
  /** A PNG of the page. Throws `no_host` when no worker holds the profile, `not_ready` while it is closed. */
  screenshot(profile: WatchedProfile, signal: AbortSignal): Promise<Buffer>;
  thumbnail(profile: WatchedProfile, signal: AbortSignal): Promise<Buffer>;
  /** Which requests of its page failed, as its worker has noted. Throws `no_host` when no worker holds the profile. */
  pageLog(profile: WatchedProfile, signal: AbortSignal): Promise<unknown>;
  /** Connections to workers that are open or being opened. */
  upstreams(): number;
  close(): void;
};

const usualLookMs = 3_000;
/** Two pings without an answer: the worker's machine is gone without closing anything. */
const pingMs = 10_000;
const pictureMs = 15_000;

/** One connection to the worker per profile and kind, shared by all viewers of this server; none without viewers. */
export function createLiveDial(options: LiveDialOptions): LiveDial {
  const lines = new Map<string, Upstream>();
  const lineOf = (profile: WatchedProfile, kind: FrameKind): Upstream => {
    // The workspace is part of the name: a viewer with a wrong one never shares what others were allowed to see.
    const key = `${profile.workspaceId} ${profile.profileId} ${kind}`;
    const line = lines.get(key) ?? openUpstream({ options, profile, kind, onEmpty: () => void lines.delete(key) });
    lines.set(key, line);
    return line;
  };
  const picture = (name: string) => async (profile: WatchedProfile, signal: AbortSignal) => {
    const door = await options.hostOf(profile);
    if (!door) throw new Failure('no_host');
    return readPicture(door, `/${name}/${profile.profileId}`, signal);
  };
  return {
    watch: (profile, kind, viewer, signal) => {
      if (!signal.aborted) lineOf(profile, kind).join(viewer, signal);
    },
    screenshot: picture('screenshot'),
    thumbnail: picture('thumbnail'),
    pageLog: async (profile, signal) => JSON.parse((await picture('page-log')(profile, signal)).toString('utf8')),
    upstreams: () => lines.size,
    close: () => {
      for (const line of [...lines.values()]) line.end();
    },
  };
}

type Upstream = { join(viewer: FrameViewer, signal: AbortSignal): void; end(): void };
type UpstreamParts = { options: LiveDialOptions; profile: WatchedProfile; kind: FrameKind; onEmpty(): void };

function openUpstream({ options, profile, kind, onEmpty }: UpstreamParts): Upstream {
  const viewers = new Set<{ show(frame: LiveFrame): void; tell?(tabs: PageTabs): void }>();
  const ending = new AbortController();
  let last: LiveFrame | null = null;
  let lastTabs: PageTabs | null = null;
  const give = (frame: LiveFrame) => {
    last = frame;
    for (const viewer of viewers) viewer.show(frame);
  };
  const tell = (tabs: PageTabs) => {
    lastTabs = tabs;
    for (const viewer of viewers) viewer.tell?.(tabs);
  };
  const follow = async (signal: AbortSignal) => {
    const lookMs = options.lookEveryMs ?? usualLookMs;
    while (!signal.aborted) {
      // A database that is away for a moment looks like a profile without a host: dial again later.
      const door = await options.hostOf(profile).catch(() => null);
      if (door && !signal.aborted) await stream(door, { options, profile, kind, lookMs, give, tell }, signal);
      last = null;
      if (lastTabs) tell(noTabs);
      // Half to all of the pause: many servers do not come back in step.
      await wait(lookMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
    }
  };
  const end = () => {
    ending.abort();
    onEmpty();
  };
  void follow(ending.signal);
  return {
    end,
    join: (viewer, signal) => {
      const joined = { ...viewer, show: newestOnly((frame: LiveFrame) => viewer.show(frame)) };
      viewers.add(joined);
      if (last) joined.show(last);
      if (lastTabs) joined.tell?.(lastTabs);
      const leave = () => {
        viewers.delete(joined);
        if (viewers.size === 0) end();
      };
      signal.addEventListener('abort', leave, { once: true });
    },
  };
}

type Stream = {
  options: LiveDialOptions;
  profile: WatchedProfile;
  kind: FrameKind;
  lookMs: number;
  give(frame: LiveFrame): void;
  tell(tabs: PageTabs): void;
};

/** Ends when the connection does, the profile has moved, or nobody watches any more. Never throws: whoever still watches dials again. */
async function stream(door: WorkerDoor, { options, profile, kind, lookMs, give, tell }: Stream, signal: AbortSignal): Promise<void> {
  const address = `${door.url.replace(/^http/, 'ws')}/live?profile=${encodeURIComponent(profile.profileId)}&kind=${kind}`;
  const headers = { authorization: `Bearer ${door.secret}` };
  const socket = new WebSocket(address, { headers, perMessageDeflate: false, handshakeTimeout: 5_000, maxPayload: 8 * 1024 * 1024 });
  const closed = new AbortController();
  socket.binaryType = 'nodebuffer';
  let heardAt = performance.now();
  socket.on('message', (bytes: Buffer, isBinary: boolean) => {
    const frame = isBinary ? decodeFrame(bytes) : null;
    if (frame && !signal.aborted) give(frame);
    const tabs = isBinary ? null : readTabs(String(bytes));
    if (tabs && !signal.aborted) tell(tabs);
  });
  const hear = () => {
    heardAt = performance.now();
  };
  for (const sign of ['message', 'ping', 'pong']) socket.on(sign, hear);
  // The close that follows each error is what is waited for.
  socket.on('error', () => undefined);
  socket.once('close', () => closed.abort());
  signal.addEventListener('abort', () => socket.terminate(), { once: true, signal: closed.signal });
  while (!closed.signal.aborted && !signal.aborted) {
    await wait(lookMs, undefined, { signal: AbortSignal.any([closed.signal, signal]) }).catch(() => undefined);
    if (closed.signal.aborted || signal.aborted) break;
    if (socket.readyState === WebSocket.OPEN) socket.ping();
    const now = await options.hostOf(profile).catch(() => door);
    const isSilent = performance.now() - heardAt > Math.max(2 * pingMs, 3 * lookMs);
    if (isSilent || now?.url !== door.url || now.secret !== door.secret) socket.terminate();
  }
  socket.terminate();
}

/** Null for what a worker of another version says. */
function readTabs(text: string): PageTabs | null {
  try {
    return PageTabs.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

async function readPicture(door: WorkerDoor, path: string, signal: AbortSignal): Promise<Buffer> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(pictureMs)]);
  const headers = { authorization: `Bearer ${door.secret}` };
  const answer = await fetch(`${door.url}${path}`, { headers, signal: limited }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new Failure(limited.aborted ? 'timed_out' : 'no_host', undefined, { cause });
  });
  if (answer.ok) return Buffer.from(await answer.arrayBuffer());
  throw await readRefusal(answer);
}

const Refusal = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

async function readRefusal(answer: Response): Promise<Failure> {
  const read = Refusal.safeParse(await answer.json().catch(() => null));
  const { code = '', message } = read.data?.error ?? {};
  return isFailureCode(code) && code !== 'signed_out' ? new Failure(code, message) : new Failure('no_host');
}

function isFailureCode(code: string): code is FailureCode {
  return code in failures;
}
