import { expect, test } from 'vitest';
import { readWorkerConfig } from './config.ts';

const given = { DATABASE_URL: 'postgres://localhost/patchbay', PATCHBAY_KEY: 'a key that only tests use, nowhere else' };

test('the number of accounts served at once, and of open browsers, is a setting', () => {
  expect(readWorkerConfig({ ...given, WORKER_CONCURRENCY: '7', WORKER_SLOTS: '2' })).toMatchObject({ concurrency: 7, slots: 2 });
  expect(readWorkerConfig({ ...given, WORKER_CONCURRENCY: '' })).toMatchObject({ concurrency: 4, slots: 4 });
});

test('a wrong variable is named, and the sentence does not repeat the key', () => {
  expect(() => readWorkerConfig({ ...given, MAILCATCHER_URL: 'http://x' })).toThrow('MAILCATCHER_URL has to be an address such as smtp://');
  expect(() => readWorkerConfig({ ...given, WORKER_URL: 'ftp://x' })).toThrow('WORKER_URL has to be an address');
  expect(() => readWorkerConfig({ DATABASE_URL: given.DATABASE_URL })).toThrow('PATCHBAY_KEY is missing');
  expect(() => readWorkerConfig({ ...given, PATCHBAY_KEY: 'short secret' })).toThrow(/^(?!.*short secret)/);
});
