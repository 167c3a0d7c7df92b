import { expect, test } from 'vitest';
import { ProfileState } from '#core/profile.ts';
import { faceOf, stageOf } from './use-login.ts';

const step = (state: ProfileState, more: { qr?: string; linkCode?: string } = {}) => ({
  state,
  qr: more.qr ?? null,
  linkCode: more.linkCode ?? null,
});

test('every state of a profile has a face in the login dialog', () => {
  expect(ProfileState.options.filter((state) => !faceOf(step(state)))).toEqual([]);
});

test('a code is shown only once it is there', () => {
  expect(faceOf(step('needs_qr'))).toBe('waiting');
  expect(faceOf(step('needs_qr', { qr: '1@abc' }))).toBe('qr');
});

test('a code to be typed into the phone goes before everything else', () => {
  expect(faceOf(step('needs_qr', { qr: '1@abc', linkCode: 'ABCD-1234' }))).toBe('link_code');
});

test('the stages go from opening over proving to loading and ready', () => {
  expect([step('launching'), step('needs_password'), step('syncing'), step('ready')].map(stageOf)).toEqual([0, 1, 2, 3]);
});
