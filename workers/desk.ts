import type { z } from 'zod';
import type { LoginStep } from '#core/api/profiles.ts';
import type { Failure } from '#core/failure.ts';
import { canType, type ProfileState, profileStates } from '#core/profile.ts';
import type { ProfileRef } from './profile-spec-of.ts';

/** What the watch over one profile knows. */
export type Desk = {
  ref: ProfileRef;
  stop: AbortController;
  state: ProfileState;
  why: string | null;
  /** The database could not be told that: the next look tries again. */
  isUntold: boolean;
  /** What it is held or failed by. */
  failure: Failure | null;
  qr: { text: string; at: Date } | null;
  linkCode: string | null;
  identity: string | null;
  /** Another host has the profile, as far as is known: nothing is written of it. */
  isLeft: boolean;
  /** A person was asked for something, and the chats have not been seen since. */
  isSigningIn: boolean;
  /** It has become ready and has not been asked yet who it is. */
  isNew: boolean;
  /** It is being asked. */
  isWelcomed: boolean;
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
    isUntold: false,
    failure: null,
    qr: null,
    linkCode: null,
    identity: null,
    isLeft: false,
    isSigningIn: false,
    isNew: false,
    isWelcomed: false,
    watchedUntil: 0,
    signedInAt: 0,
  };
}

/** What could not be written is not known to anybody: the next look says it again. */
export async function noteTold(desk: Pick<Desk, 'isUntold'>, write: Promise<void>): Promise<void> {
  desk.isUntold = await write.then(
    () => false,
    () => true,
  );
  return write;
}

/** States in which the page has answered: it asks something of a person, or needs nothing any more. */
export const isAnswer = (state: ProfileState): boolean =>
  profileStates[state].group === 'needs_you' || state === 'ready' || state === 'restricted' || state === 'unsupported';

/** Another host has it, or has taken it over: what becomes of the profile is not for this one to say. */
export const isElsewhere = ({ code }: Failure): boolean => code === 'profile_in_use' || code === 'lease_lost';

/** Notes what a screen means for a login. True once, when the chats show after it; most messengers load or sync between the two. */
export function hasSignedIn(desk: Pick<Desk, 'isSigningIn'>, shown: ProfileState): boolean {
  const wasSigningIn = desk.isSigningIn;
  if (profileStates[shown].group === 'needs_you') desk.isSigningIn = true;
  else if (canType(shown)) desk.isSigningIn = false;
  return wasSigningIn && !desk.isSigningIn;
}

export type Step = z.input<typeof LoginStep>;

/** What the login dialog shows of it. */
export function stepOf(desk: Desk | null): Step {
  return {
    state: desk?.state ?? 'stopped',
    why: desk?.why ?? null,
    qr: desk?.qr?.text ?? null,
    qrAt: desk?.qr?.at.toISOString() ?? null,
    linkCode: desk?.linkCode ?? null,
    identity: desk?.identity ?? null,
  };
}
