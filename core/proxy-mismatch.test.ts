import { expect, test } from 'vitest';
import { mismatchOf } from './proxy-mismatch.ts';

test('a zone fits by its clock in winter and summer, a locale by its region or the main language', () => {
  expect(mismatchOf({ zone: 'Europe/Berlin', locale: 'de-DE' }, 'DE')).toBeNull();
  expect(mismatchOf({ zone: 'Europe/Vienna', locale: 'de-AT' }, 'DE')).toBeNull();
  expect(mismatchOf({ zone: 'America/Los_Angeles', locale: 'en-US' }, 'US')).toBeNull();
  expect(mismatchOf({ zone: 'Asia/Calcutta', locale: 'en-IN' }, 'IN')).toBeNull();
  // The same hour as Berlin in winter only.
  expect(mismatchOf({ zone: 'Africa/Lagos', locale: 'de-DE' }, 'DE')).toEqual({ country: 'DE', zone: true, locale: false });
  expect(mismatchOf({ zone: 'Europe/Berlin', locale: 'en-US' }, 'DE')).toEqual({ country: 'DE', zone: false, locale: true });
  expect(mismatchOf({ zone: 'UTC', locale: 'pt-BR' }, 'TR')).toEqual({ country: 'TR', zone: true, locale: true });
});

test('without a known country nothing is said', () => {
  expect(mismatchOf({ zone: 'UTC', locale: 'en-US' }, null)).toBeNull();
});
