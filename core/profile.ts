import { z } from 'zod';

/**
 * The states of a profile: the word people read, the colour group of the dashboard, how urgently a person is needed
 * (0 = not at all, 3 = now), and who acts next. Every screen, event and script pack uses these words.
 */
export const profileStates = {
  stopped: { group: 'parked', attention: 0, acts: 'nobody' },
  launching: { group: 'working', attention: 0, acts: 'patchbay' },
  loading: { group: 'working', attention: 0, acts: 'messenger' },
  needs_qr: { group: 'needs_you', attention: 3, acts: 'person' },
  qr_expired: { group: 'needs_you', attention: 3, acts: 'person' },
  needs_phone: { group: 'needs_you', attention: 3, acts: 'person' },
  needs_code: { group: 'needs_you', attention: 3, acts: 'person' },
  needs_password: { group: 'needs_you', attention: 3, acts: 'person' },
  needs_passkey: { group: 'needs_you', attention: 3, acts: 'person' },
  conflict: { group: 'needs_you', attention: 2, acts: 'person' },
  syncing: { group: 'working', attention: 0, acts: 'messenger' },
  ready: { group: 'ready', attention: 0, acts: 'nobody' },
  degraded: { group: 'waiting', attention: 1, acts: 'messenger' },
  restricted: { group: 'restricted', attention: 2, acts: 'messenger' },
  logged_out: { group: 'needs_you', attention: 3, acts: 'person' },
  unsupported: { group: 'failed', attention: 2, acts: 'admin' },
  unknown: { group: 'failed', attention: 2, acts: 'author' },
  held: { group: 'failed', attention: 2, acts: 'admin' },
  failed: { group: 'failed', attention: 2, acts: 'admin' },
} as const satisfies Record<string, { group: StateGroup; attention: 0 | 1 | 2 | 3; acts: string }>;

export type StateGroup = 'ready' | 'working' | 'waiting' | 'needs_you' | 'restricted' | 'failed' | 'parked';
export const ProfileState = z.enum(Object.keys(profileStates) as [keyof typeof profileStates]);
export type ProfileState = keyof typeof profileStates;

/** States a script pack may recognise on a page; the others are ours (a browser that is starting, held or gone). */
export const ScreenState = ProfileState.exclude(['stopped', 'launching', 'held', 'failed']);
export type ScreenState = z.output<typeof ScreenState>;

/** Whether messages can be typed in this state. */
export const canType = (state: ProfileState): boolean => state === 'ready' || state === 'restricted' || state === 'degraded';
