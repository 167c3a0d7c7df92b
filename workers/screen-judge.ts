import { canType, type ProfileState } from '#core/profile.ts';

/** What a look at the page has shown; null: the page has not answered in time. */
export type Seen = { is: ProfileState; why: string | null } | null;
export type Judgement = { is: 'shows'; state: ProfileState; why: string | null } | { is: 'dead'; why: string } | { is: 'nothing' };

/** A page that shows nothing known is `loading` this long, then `unknown`. */
const unknownMs = 30_000;
/** Looks in a row that have to fail before a page is doubted; one alone may be a busy machine. */
const doubtedLooks = 2;
/** A page that is doubted so long will not come back by itself. */
const deadMs = 45_000;

/** Codes; the dashboard has the words: nothing proves any more that the profile is ready. */
const frozenPage = 'page_frozen';
const frozenLine = 'line_frozen';

/** Turns looks at one page into its state. `ready` has to be proven by each look: a page or line that freezes loses it at the second that fails. */
export class ScreenJudge {
  #knownAt: number;
  #failed = 0;
  #doubtedAt: number | null = null;

  constructor(now: number) {
    this.#knownAt = now;
  }

  /** The browser is closed: what was seen before says nothing about the next page. */
  closed(now: number): void {
    this.#knownAt = now;
    this.#clear();
  }

  /** `isSilent`: the messenger has owed its page an answer for longer than its pack says, whatever the page shows. */
  judge(seen: Seen, { state, isSilent, now }: { state: ProfileState; isSilent: boolean; now: number }): Judgement {
    this.#failed = seen === null ? this.#failed + 1 : 0;
    const wasReady = canType(state) || this.#doubtedAt !== null;
    if (wasReady && this.#failed >= doubtedLooks) return this.#doubt(frozenPage, now);
    if (wasReady && isSilent) return this.#doubt(frozenLine, now);
    if (seen === null) return { is: 'nothing' };
    this.#clear();
    if (seen.is !== 'unknown') this.#knownAt = now;
    const isEarly = seen.is === 'unknown' && now - this.#knownAt < unknownMs;
    return { is: 'shows', state: isEarly ? 'loading' : seen.is, why: seen.why };
  }

  #doubt(why: string, now: number): Judgement {
    this.#doubtedAt ??= now;
    return now - this.#doubtedAt > deadMs ? { is: 'dead', why } : { is: 'shows', state: 'loading', why };
  }

  #clear(): void {
    this.#failed = 0;
    this.#doubtedAt = null;
  }
}
