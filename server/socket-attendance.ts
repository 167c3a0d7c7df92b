import { randomUUID } from 'node:crypto';
import { attend, leave } from '#sql/attendances.ts';
import { inWorkspace } from '#sql/database.ts';
import type { Caller } from './handler.ts';
import type { SocketParts } from './socket.ts';

type Surroundings = { parts: SocketParts; gone: AbortSignal };

/** Which conversation one connection has open. Who is cut off without a word is forgotten by the time of the row. */
export class SocketAttendance {
  readonly #surroundings: Surroundings;
  readonly #connectionId = randomUUID();
  #caller: Caller | null = null;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
    surroundings.gone.addEventListener('abort', () => void this.#leave().catch(() => undefined), { once: true });
  }

  async attend(caller: Caller | null, { conversationId, isWriting }: { conversationId: string | null; isWriting: boolean }): Promise<void> {
    if (!caller) return;
    if (!conversationId) return this.#leave();
    const { parts, gone } = this.#surroundings;
    this.#caller = caller;
    const { workspaceId, personId } = caller;
    const place = { workspaceId, personId, conversationId, connectionId: this.#connectionId };
    const isNews = await inWorkspace(parts.db, workspaceId, (trx) => attend(trx, { ...place, isWriting }));
    if (isNews) parts.ring();
    if (gone.aborted) await this.#leave();
  }

  async #leave(): Promise<void> {
    const { workspaceId } = this.#caller ?? {};
    if (!workspaceId) return;
    this.#caller = null;
    const { parts } = this.#surroundings;
    const isNews = await inWorkspace(parts.db, workspaceId, (trx) => leave(trx, { workspaceId, connectionId: this.#connectionId }));
    if (isNews) parts.ring();
  }
}
