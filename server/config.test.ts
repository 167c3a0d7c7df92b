import { expect, test } from 'vitest';
import { Failure } from '#core/failure.ts';
import { readServerConfig } from './config.ts';

const least = { DATABASE_URL: 'postgres://patchbay@127.0.0.1/patchbay', PATCHBAY_KEY: 'k'.repeat(32) };

test('only the database and the key have to be given', () => {
  const config = readServerConfig(least);
  expect(config).toMatchObject({
    host: '127.0.0.1',
    port: 8080,
    dataDir: './data',
    accessTokenMinutes: 30,
    refreshTokenDays: 7,
    corsAllowedOrigins: [],
    packsDir: null,
  });
});

test('an empty variable counts as not set', () => {
  expect(readServerConfig({ ...least, PORT: '', PUBLIC_URL: '', CORS_ALLOWED_ORIGINS: '' })).toMatchObject({
    port: 8080,
    publicUrl: null,
    corsAllowedOrigins: [],
    packsDir: null,
  });
});

test('a wrong variable is named, with what to write instead', () => {
  const read = () => readServerConfig({ ...least, PORT: 'http', PATCHBAY_KEY: 'short', CORS_ALLOWED_ORIGINS: 'https://a.example/path' });
  expect(read).toThrow(Failure);
  expect(read).toThrow(/PORT has to be a port number/);
  expect(read).toThrow(/PATCHBAY_KEY is too short/);
  expect(read).toThrow(/CORS_ALLOWED_ORIGINS holds something that is not an origin/);
});

test('reverse proxies are addresses, ranges, or names of ranges', () => {
  expect(readServerConfig({ ...least, TRUSTED_PROXIES: 'loopback, 10.0.0.0/8, ::1' }).trustedProxies).toEqual(['loopback', '10.0.0.0/8', '::1']);
  expect(() => readServerConfig({ ...least, TRUSTED_PROXIES: 'nginx' })).toThrow(/TRUSTED_PROXIES holds something that is not an address/);
});

test('names of first profiles are trimmed, and each counts once', () => {
  expect(readServerConfig(least).first).toEqual({ profileNames: [], catcher: null });
  expect(readServerConfig({ ...least, SESSION_IDS: ' shop, support ,,shop' }).first.profileNames).toEqual(['shop', 'support']);
});

test('a name that no profile may have stops the start with a sentence', () => {
  const read = (names: string) => () => readServerConfig({ ...least, SESSION_IDS: names });
  expect(read('a'.repeat(81))).toThrow('SESSION_IDS holds a name of more than 80 characters.');
  expect(read('two\nlines')).toThrow('SESSION_IDS holds a name with a line break');
  expect(read('Mail catcher')).toThrow('SESSION_IDS may not hold "Mail catcher"');
  expect(read(Array.from({ length: 101 }, (_, nth) => `p${nth}`).join())).toThrow('SESSION_IDS holds more than 100 names.');
});

test('the catcher is wanted with true, and its address names host and port', () => {
  const catcher = (more: Record<string, string>) => readServerConfig({ ...least, ...more }).first.catcher;
  expect(catcher({ USE_MAILCATCHER: 'true' })).toEqual({ host: '127.0.0.1', port: 1025 });
  expect(catcher({ USE_MAILCATCHER: 'true', MAILCATCHER_URL: 'smtp://catcher' })).toEqual({ host: 'catcher', port: 25 });
  expect(catcher({ USE_MAILCATCHER: 'false', MAILCATCHER_URL: 'smtp://[::1]:2525' })).toBeNull();
  expect(() => catcher({ USE_MAILCATCHER: 'yes' })).toThrow('USE_MAILCATCHER has to be true or false.');
  expect(() => catcher({ MAILCATCHER_URL: 'http://catcher' })).toThrow('MAILCATCHER_URL has to be an address such as smtp://');
});

test('the sentence about a wrong key does not repeat it', () => {
  expect(() => readServerConfig({ ...least, PATCHBAY_KEY: 'letmein' })).not.toThrow(/letmein/);
});
