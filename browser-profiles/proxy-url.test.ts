import { expect, test } from 'vitest';
import { Failure } from '#core/failure.ts';
import { buildProxyUrl, describeProxy, parseProxyUrl } from './proxy-url.ts';

test('socks5 becomes socks5h, so that the proxy resolves names and not this machine', () => {
  expect(parseProxyUrl('socks5://10.0.0.1:1080').url).toBe('socks5h://10.0.0.1:1080');
});

test('credentials with special signs come out percent-encoded once', () => {
  expect(parseProxyUrl('http://us%40er:p%3Aa%2Fs@proxy.test:3128').url).toBe('http://us%40er:p%3Aa%2Fs@proxy.test:3128');
  expect(buildProxyUrl({ kind: 'socks5', host: 'proxy.test', port: 1080, username: 'us@er', password: 'p:a/s#%' })).toBe(
    'socks5h://us%40er:p%3Aa%2Fs%23%25@proxy.test:1080',
  );
});

test('a missing port is the usual one of its kind', () => {
  expect(parseProxyUrl('http://proxy.test').url).toBe('http://proxy.test:80');
  expect(parseProxyUrl('https://proxy.test').port).toBe(443);
  expect(parseProxyUrl('socks5h://proxy.test').port).toBe(1080);
});

test('a description and an error never show the credentials', () => {
  expect(describeProxy('socks5://ann:secret@proxy.test:1080')).toBe('socks5h://***@proxy.test:1080');
  expect(describeProxy('ann:secret@proxy.test')).not.toContain('secret');
  for (const wrong of [
    'ftp://ann:secret@proxy.test',
    'http://ann:sec/ret@proxy.test',
    'http://ann:secret%@proxy.test:80',
    'http://ann:secret@:80',
    'secret',
  ]) {
    const thrown = catchFailure(() => parseProxyUrl(wrong));
    expect(thrown.code).toBe('invalid_input');
    expect(`${thrown.message} ${JSON.stringify(thrown.fields)} ${String(thrown.cause)}`).not.toMatch(/sec/);
  }
});

test('an error says what to change', () => {
  expect(catchFailure(() => parseProxyUrl('ftp://proxy.test')).message).toBe(
    'Proxies of the kind ftp are not supported. Use http, https, socks5 or socks5h.',
  );
  expect(catchFailure(() => parseProxyUrl('http://ann:sec/ret@proxy.test')).message).toContain('%2F');
  expect(catchFailure(() => parseProxyUrl('  ')).message).toContain('Enter the address');
});

function catchFailure(act: () => unknown): Failure {
  try {
    act();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
