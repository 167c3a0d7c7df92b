import type { Failure } from '#core/failure.ts';
import type { ProfileState } from '#core/profile.ts';
import type { ProfileRef } from './profile-spec-of.ts';

/** What the watch over one profile knows. */
export type Desk = {
  ref: ProfileRef;
  stop: AbortController;
  state: ProfileState;
  why: string | null;
  /** What it is held or failed by. */
  failure: Failure | null;
  qr: { text: string; at: Date } | null;
  linkCode: string | null;
  identity: string | null;
  /** Until when somebody is thought to look at the login: only then is an expired code renewed. */
  watchedUntil: number;
  signedInAt: number;
};

export function newDesk(ref: ProfileRef): Desk {
  return {
    ref,
    stop: new AbortController(),
    state: 'stopped',
    why: null,
    failure: null,
    qr: null,
    linkCode: null,
    identity: null,
    watchedUntil: 0,
    signedInAt: 0,
  };
}
