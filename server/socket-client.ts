import type { RawData, WebSocket } from 'ws';
import type { EventCursor } from '#core/events.ts';
import { asFailure, Failure } from '#core/failure.ts';
import { ClientMessage, type ServerMessage } from '#core/socket.ts';
import { noteHere } from '#sql/availability.ts';
import { inWorkspace } from '#sql/database.ts';
import { eventBounds, readEvents, type Told } from '#sql/events.ts';
import { callerOf } from './caller.ts';
import type { Caller } from './handler.ts';
import type { SocketParts } from './socket.ts';
import { SocketWishes } from './socket-wishes.ts';
import { isAfter, mayHear, textOf } from './told.ts';

/** Close codes from the range that applications define; the dashboard signs in again on the first two. */
export const closeCodes = { signedOut: 4401, tooSlow: 4408, tooMuch: 4429, stopping: 1001 } as const;

const authenticateWithinMs = 5000;
/** What a client may leave unread. It comes back with its cursor and gets what it missed. */
const mostBuffered = 4 * 1024 * 1024;
/** A dashboard sends a few messages when a page opens. */
const mostMessages = 60;
const perMs = 10_000;
/** Whoever controls a page sends what the hand does in bundles, some thirty a second. */
const mostInputs = 600;
/** How many events of all workspaces a reconnect may look through; beyond that, reading anew is cheaper. */
const mostMissed = 20_000;
const pageSize = 500;

/** What the address of the socket asks for, in the words of the seeds. */
export type SocketAddress = { sessionId: string | null; blastId: string | null };

/** One connection: it authenticates first, then hears of what its role may see and its subscriptions name. */
export class SocketClient {
  readonly #socket: WebSocket;
  readonly #parts: SocketParts;
  readonly #address: SocketAddress;
  readonly #gone = new AbortController();
  #caller: Caller | null = null;
  #wishes: SocketWishes | null = null;
  #cursor: EventCursor | null = null;
  #waiting: Told[] = [];
  #isLive = false;
  #work: Promise<void> = Promise.resolve();
  #recent: number[] = [];
  #recentInputs: number[] = [];

  constructor(socket: WebSocket, address: SocketAddress, parts: SocketParts) {
    this.#socket = socket;
    this.#address = address;
    this.#parts = parts;
    const deadline = setTimeout(() => {
      if (!this.#caller) this.#refuse(new Failure('signed_out', 'Authenticate with the first message.'));
    }, authenticateWithinMs);
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      clearTimeout(deadline);
      this.#gone.abort();
    });
  }

  get caller(): Caller | null {
    return this.#caller;
  }

  /** The session was looked up again: another role counts from now on, none ends the connection. */
  renew(caller: Caller | null): void {
    if (caller) this.#caller = caller;
    else this.end(closeCodes.signedOut, 'the session has ended');
  }

  end(code: number, why: string): void {
    this.#gone.abort();
    this.#socket.close(code, why);
  }

  /** News of the caller's workspace; kept back until what was missed has been sent. */
  hear(told: readonly Told[]): void {
    if (this.#isLive) for (const one of told) this.#tell(one);
    else this.#waiting.push(...told);
  }

  send(message: ServerMessage): void {
    this.#sendText(Buffer.from(JSON.stringify(message)));
  }

  #sendText(text: Buffer): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > mostBuffered) this.end(closeCodes.tooSlow, 'too slow: come back with your cursor');
    else this.#socket.send(text, { binary: false });
  }

  /** Settles when the frame is on its way, so that whoever paints waits for a slow line instead of filling it. */
  sendFrame(bytes: Buffer): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(bytes, { binary: true }, () => resolve());
    else resolve();
    return promise;
  }

  #receive(data: RawData, isBinary: boolean): void {
    const now = performance.now();
    const message = isBinary ? null : parse(String(data));
    const isInput = message?.type === 'input';
    if (isInput) this.#recentInputs = [...this.#recentInputs.filter((at) => now - at < perMs), now];
    else this.#recent = [...this.#recent.filter((at) => now - at < perMs), now];
    if (this.#recent.length > mostMessages || this.#recentInputs.length > mostInputs) {
      this.end(closeCodes.tooMuch, 'too many messages');
      return;
    }
    if (isInput) {
      this.#wishes?.input(message.inputs);
      return;
    }
    // One after the other: a subscription right after authenticating waits for it.
    this.#work = this.#work.then(() => this.#answer(message)).catch((error: unknown) => this.#fail(error));
  }

  async #answer(message: Exclude<ClientMessage, { type: 'input' }> | null): Promise<void> {
    if (!message) throw new Failure('invalid_input', 'This is not a message that the socket knows.');
    if (message.type === 'authenticate') return this.#authenticate(message.token, message.after);
    if (!this.#wishes) return this.#refuse(new Failure('signed_out', 'Authenticate with the first message.'));
    await this.#wishes.take(message);
  }

  async #authenticate(token: string, after: EventCursor | undefined): Promise<void> {
    if (this.#caller) return;
    try {
      this.#caller = await callerOf(this.#parts.db, this.#parts.tokens, token);
    } catch (error) {
      return this.#refuse(asFailure(error));
    }
    // From here on `hear` keeps what happens while the past is read.
    const start = this.#parts.feed.cursor();
    const { workspaceId, personId } = this.#caller;
    // Nobody is refused for a sign of life that could not be written; the next beat writes it.
    await inWorkspace(this.#parts.db, workspaceId, (trx) => noteHere(trx, workspaceId, [personId])).catch(() => undefined);
    this.#wishes = new SocketWishes({ client: this, parts: this.#parts, gone: this.#gone.signal });
    await this.#wishes.takeAddress(this.#address);
    await this.#catchUp(start, after);
    for (const one of this.#waiting.splice(0)) this.#tell(one);
    this.#isLive = true;
  }

  async #catchUp(start: EventCursor, after: EventCursor | undefined): Promise<void> {
    const missed = after === undefined ? [] : await this.#missed(start, after);
    this.#cursor = missed === null || after === undefined ? start : after;
    this.send({ type: 'ready', cursor: this.#cursor });
    if (missed === null) this.send({ type: 'resync', cursor: start });
    for (const one of missed ?? []) this.#tell(one);
  }

  /** What came after the client's cursor; null when the log does not hold it all any more. */
  async #missed(start: EventCursor, after: EventCursor): Promise<Told[] | null> {
    const bounds = await eventBounds(this.#parts.db);
    if (isAfter(after, bounds.last) || !bounds.reaches(after)) return null;
    const missed: Told[] = [];
    let cursor = after;
    for (let seen = 0; isAfter(start, cursor); seen += pageSize) {
      if (seen >= mostMissed) return null;
      const page = await readEvents(this.#parts.db, cursor, pageSize);
      missed.push(...page.filter((one) => one.workspaceId === this.#caller?.workspaceId));
      cursor = page.at(-1)?.cursor ?? start;
    }
    return missed;
  }

  #tell(told: Told): void {
    const { cursor, workspaceId, event } = told;
    const caller = this.#caller;
    if (!caller || caller.workspaceId !== workspaceId || (this.#cursor && !isAfter(cursor, this.#cursor))) return;
    this.#cursor = cursor;
    if (mayHear(event, caller.role, this.#wishes?.subscriptions ?? [])) this.#sendText(textOf(told));
    this.#wishes?.hear(event);
  }

  #fail(error: unknown): void {
    const failure = asFailure(error);
    if (failure.code === 'broken') this.#parts.log.error({ err: failure.cause }, 'a socket message could not be answered');
    this.send({ type: 'refused', code: failure.code, message: failure.message });
  }

  #refuse(failure: Failure): void {
    this.send({ type: 'refused', code: failure.code, message: failure.message });
    this.end(closeCodes.signedOut, failure.code);
  }
}

function parse(text: string): ClientMessage | null {
  try {
    return ClientMessage.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
