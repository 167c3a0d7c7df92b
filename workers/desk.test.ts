import { expect, test } from 'vitest';
import type { ProfileState } from '#core/profile.ts';
import { hasSignedIn } from './desk.ts';

const sealedAt = (screens: ProfileState[]): ProfileState[] => {
  const desk = { isSigningIn: false };
  return screens.map((screen) => (hasSignedIn(desk, screen) ? screen : 'unknown'));
};

test('a login has ended when the chats show, also after the messenger has loaded and synced', () => {
  expect(sealedAt(['loading', 'needs_qr', 'loading', 'syncing', 'ready', 'ready'])).toEqual([...Array(4).fill('unknown'), 'ready', 'unknown']);
  expect(sealedAt(['needs_phone', 'needs_code', 'restricted', 'ready'])).toEqual(['unknown', 'unknown', 'restricted', 'unknown']);
});

test('a profile that comes back without a person has not signed in', () => {
  expect(sealedAt(['loading', 'syncing', 'ready', 'degraded', 'ready'])).toEqual(Array(5).fill('unknown'));
});
