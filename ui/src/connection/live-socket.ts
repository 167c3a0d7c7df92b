import { type InjectionKey, inject, onScopeDispose } from 'vue';
import { decodeFrame, type LiveFrame } from '#core/live-frame.ts';
import { type ClientMessage, ServerMessage } from '#core/socket.ts';
import type { ConnectionState } from './connection-store.ts';

type Listener = (message: ServerMessage) => void;
type FrameListener = (profileId: string, image: Blob) => void;
type LookListener = (frame: LiveFrame) => void;
/** What a page says to the server beside its subscriptions. */
export type Said = Extract<ClientMessage, { type: 'take_control' | 'keep_control' | 'give_back' | 'input' }>;
type Options = {
  url: string;
  token: () => Promise<string | null>;
  renew: (stale: string) => Promise<string | null>;
  heard: () => void;
  changed: (state: ConnectionState) => void;
};

const pingMs = 15_000;
/** Two pings without an answer: the line is dead, whatever the browser believes. */
const silenceMs = 35_000;
const longestPauseMs = 15_000;
/** The most profiles that one `watch` may name. */
const mostWatched = 64;

/** One socket for the whole dashboard. It comes back by itself and asks for what it missed. */
export class LiveSocket implements Disposable {
  readonly #options: Options;
  readonly #listeners = new Set<Listener>();
  readonly #frameListeners = new Set<FrameListener>();
  #socket: WebSocket | null = null;
  #isWanted = false;
  #cursor: string | undefined;
  #watched: string[] = [];
  #looked: { profileId: string; listener: LookListener } | null = null;
  #attended: { conversationId: string; isWriting: boolean } | null = null;
  #failures = 0;
  #refused: string | null = null;
  #lastHeard = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  open(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    this.#options.changed('connecting');
    void this.#connect(); // void: connect ends in retry itself.
  }

  close(): void {
    this.#isWanted = false;
    this.#cursor = undefined;
    this.#lastHeard = 0;
    clearTimeout(this.#timer);
    this.#socket?.close();
    this.#socket = null;
    this.#options.changed('closed');
  }

  [Symbol.dispose](): void {
    this.close();
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  listenToFrames(listener: FrameListener): () => void {
    this.#frameListeners.add(listener);
    return () => this.#frameListeners.delete(listener);
  }

  /** Asks for pictures of these profiles, and of no others. */
  watch(profileIds: string[]): void {
    this.#watched = profileIds.slice(0, mostWatched);
    this.#say({ type: 'watch', profileIds: this.#watched });
  }

  /** Follows one page in full size, and no other; the answer ends it. */
  look(profileId: string, listener: LookListener): () => void {
    const looked = { profileId, listener };
    this.#looked = looked;
    this.#say({ type: 'look', profileId });
    return () => {
      if (this.#looked !== looked) return;
      this.#looked = null;
      this.#say({ type: 'look', profileId: null });
    };
  }

  /** Says which conversation is open here, until another or none is. */
  attend(attended: { conversationId: string; isWriting: boolean } | null): void {
    this.#attended = attended;
    this.#say({ type: 'attend', conversationId: attended?.conversationId ?? null, isWriting: attended?.isWriting ?? false });
  }

  /** What is said while the line is down is not said later. */
  say(message: Said): void {
    this.#say(message);
  }

  #say(message: ClientMessage): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  async #connect(): Promise<void> {
    const { token, renew, heard } = this.#options;
    const secret = await (this.#refused ? renew(this.#refused) : token()).catch(() => null);
    this.#refused = null;
    if (!this.#isWanted) return;
    if (!secret) return this.#retry();
    const line = new WebSocket(this.#options.url);
    line.binaryType = 'arraybuffer';
    this.#socket = line;
    line.addEventListener('open', () => this.#say({ type: 'authenticate', token: secret, after: this.#cursor }));
    line.addEventListener('message', (event) => {
      this.#lastHeard = Date.now();
      heard();
      if (event.data instanceof ArrayBuffer) this.#passFrame(event.data);
      else if (this.#receive(String(event.data)) === 'refused') this.#refused = secret;
    });
    line.addEventListener('close', () => {
      if (this.#socket === line) this.#retry();
    });
  }

  #retry(): void {
    this.#socket = null;
    clearTimeout(this.#timer);
    if (!this.#isWanted) return;
    this.#options.changed('lost');
    this.#failures += 1;
    const pause = Math.min(longestPauseMs, 500 * 2 ** Math.min(this.#failures, 6)) * (0.5 + Math.random() / 2);
    this.#timer = setTimeout(() => void this.#connect(), pause); // void: connect ends in retry itself.
  }

  #beat(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (Date.now() - this.#lastHeard > silenceMs) return this.#socket?.close();
      this.#say({ type: 'ping' });
      if (this.#attended) this.attend(this.#attended);
      this.#beat();
    }, pingMs);
  }

  #receive(text: string): ServerMessage['type'] | null {
    const parsed = ServerMessage.safeParse(JSON.parse(text));
    if (!parsed.success) return null; // A newer server may know words that this page does not.
    const message = parsed.data;
    if (message.type === 'ready') this.#begin();
    if ('cursor' in message) this.#cursor = message.cursor;
    for (const listener of this.#listeners) listener(message);
    return message.type;
  }

  #begin(): void {
    this.#failures = 0;
    this.#options.changed('open');
    this.#beat();
    if (this.#attended) this.attend(this.#attended);
    if (this.#watched.length > 0) this.watch(this.#watched);
    if (this.#looked) this.#say({ type: 'look', profileId: this.#looked.profileId });
  }

  #passFrame(frame: ArrayBuffer): void {
    const id = Array.from(new Uint8Array(frame, 0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('');
    const profileId = id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    const live = decodeFrame(new Uint8Array(frame, 16));
    if (live) {
      if (this.#looked?.profileId === profileId) this.#looked.listener(live);
      return;
    }
    const image = new Blob([frame.slice(16)], { type: 'image/jpeg' });
    for (const listener of this.#frameListeners) listener(profileId, image);
  }
}

export const liveKey: InjectionKey<LiveSocket> = Symbol('live');

export function useLiveSocket(): LiveSocket {
  const live = inject(liveKey);
  if (!live) throw new Error('The live socket is provided by main.ts.');
  return live;
}

/** Hears every message of the socket for as long as the component lives. */
export function useMessages(listener: Listener): void {
  onScopeDispose(useLiveSocket().listen(listener));
}
