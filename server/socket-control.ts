import { type ControlEnd, type ControlState, controlSeconds, countInputs, type GoOn, type PageInput } from '#core/control.ts';
import { Failure } from '#core/failure.ts';
import { endControl, keepControl, takeControl } from '#sql/controls.ts';
import { inWorkspace, type Trx } from '#sql/database.ts';
import { readProfileNames } from '#sql/profiles.ts';
import type { ControlLine } from './control-dial.ts';
import type { Caller } from './handler.ts';
import type { SocketParts } from './socket.ts';

type Surroundings = { parts: SocketParts; tell: (profileId: string, control: ControlState) => void; gone: AbortSignal };
type Held = { caller: Caller; profileId: string; controlId: string; line: ControlLine; inputs: number; isReady: boolean; timer?: NodeJS.Timeout };

/** What one connection controls: at most one profile. It ends with the connection, by itself when no sign of life comes, or when given back. */
export class SocketControl {
  readonly #surroundings: Surroundings;
  #held: Held | null = null;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
    surroundings.gone.addEventListener('abort', () => void this.#end('connection_lost', 'restart'), { once: true });
  }

  /** The caller has proven that they may. Asking again for what one holds already changes nothing. */
  async take(caller: Caller, profileId: string): Promise<void> {
    const { parts, tell, gone } = this.#surroundings;
    if (this.#held?.profileId === profileId) return;
    await this.#end('given_back', 'restart');
    const place = { workspaceId: caller.workspaceId, profileId };
    const grant = await this.#inOwn(caller, async (trx) => {
      if (!(await readProfileNames(trx, [profileId])).has(profileId)) throw new Failure('not_found');
      return takeControl(trx, { ...place, personId: caller.personId });
    });
    if (grant.is === 'taken') return tell(profileId, grant);
    const line = parts.dialControl(place, grant.controlId);
    const held: Held = { caller, profileId, controlId: grant.controlId, line, inputs: 0, isReady: false };
    this.#held = held;
    parts.ring();
    if (gone.aborted) return this.#end('connection_lost', 'restart');
    tell(profileId, { is: 'waiting', secondsLeft: grant.secondsLeft });
    this.#awaitEnd(held);
    void line.over.then((why) => this.#endOf(held, why));
    // What cannot be written now is written by the next sign of life.
    void line.ready.then((isReady) => (isReady ? this.#begin(held) : undefined)).catch(() => undefined);
  }

  /** A sign of life: the countdown begins anew. */
  async keep(): Promise<void> {
    const held = this.#held;
    if (!held) return;
    const secondsLeft = await this.#inOwn(held.caller, (trx) => keepControl(trx, held));
    if (this.#held !== held) return;
    if (secondsLeft === null) return this.#end('expired', 'restart');
    this.#awaitEnd(held);
    this.#surroundings.tell(held.profileId, { is: held.isReady ? 'yours' : 'waiting', secondsLeft });
  }

  /** Input without control goes nowhere, and so does input before the script stands still. */
  input(inputs: readonly PageInput[]): void {
    const held = this.#held;
    if (!held?.isReady) return;
    held.inputs += countInputs(inputs);
    held.line.send(inputs);
  }

  async giveBack(goOn: GoOn): Promise<void> {
    await this.#end('given_back', goOn);
  }

  async #begin(held: Held): Promise<void> {
    held.isReady = true;
    // Waiting for the script was none of the person's time.
    if (this.#held === held) await this.keep();
  }

  #awaitEnd(held: Held): void {
    clearTimeout(held.timer);
    held.timer = setTimeout(() => void this.#endOf(held, 'expired'), controlSeconds * 1000);
  }

  async #endOf(held: Held, why: ControlEnd): Promise<void> {
    if (this.#held === held) await this.#end(why, 'restart');
  }

  /** It never rejects: what cannot be written now ends by its own time. */
  async #end(why: ControlEnd, goOn: GoOn): Promise<void> {
    const held = this.#held;
    if (!held) return;
    this.#held = null;
    clearTimeout(held.timer);
    const { parts, tell } = this.#surroundings;
    const { controlId, inputs, caller } = held;
    try {
      await this.#inOwn(caller, (trx) => endControl(trx, { workspaceId: caller.workspaceId, controlId, inputs, why, goOn }));
      parts.ring();
    } catch (error) {
      parts.log.warn({ err: error, profileId: held.profileId }, 'the end of a control could not be written');
    }
    held.line.look();
    held.line.close();
    tell(held.profileId, { is: 'over', why });
  }

  #inOwn<T>(caller: Caller, work: (trx: Trx) => Promise<T>): Promise<T> {
    return inWorkspace(this.#surroundings.parts.db, caller.workspaceId, work);
  }
}
