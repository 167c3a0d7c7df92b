import { expect, test } from 'vitest';
import { CatcherUrl, caught } from './catcher.ts';
import type { MailSettings } from './settings.ts';

const catcher = { host: 'catcher', port: 1025 };
const account: MailSettings = {
  host: 'smtp.example.com',
  port: 465,
  security: 'tls',
  username: 'shop',
  password: 'secret of the shop',
  fromName: 'Shop',
  fromAddress: 'shop@example.com',
  pool: 3,
};
const own = { host: '127.0.0.1', port: 41025, security: 'none', username: null, password: null } as const;

test('whatever server an account names, its mail goes to the catcher, which never learns its password', () => {
  const kept = { fromName: 'Shop', fromAddress: 'shop@example.com', pool: 3 };
  const expected = { ...kept, ...catcher, security: 'none', username: null, password: null, isCaught: true };
  expect(caught(account, catcher)).toEqual(expected);
  expect(caught({ ...account, port: 587, security: 'starttls' }, catcher)).toEqual(expected);
  expect(caught({ ...account, security: 'none', username: null, password: null }, catcher)).toEqual(expected);
});

test('an account that names a catcher of this machine keeps it', () => {
  for (const host of ['127.0.0.1', 'localhost', '::1']) {
    expect(caught({ ...account, ...own, host }, catcher)).toMatchObject({ host, port: 41025, security: 'none', isCaught: true });
  }
});

test('a server of this machine that may pass mail on is no catcher', () => {
  for (const port of [25, 465, 587]) expect(caught({ ...account, ...own, port }, catcher)).toMatchObject(catcher);
  expect(caught({ ...account, ...own, username: 'bridge', password: 'x' }, catcher)).toMatchObject({ ...catcher, username: null, password: null });
  expect(caught({ ...account, ...own, security: 'starttls' }, catcher)).toMatchObject(catcher);
  expect(caught({ ...account, ...own, host: '127.0.0.1.example.com' }, catcher)).toMatchObject(catcher);
});

test('the address of the catcher is SMTP', () => {
  expect(CatcherUrl.parse(undefined)).toEqual({ host: '127.0.0.1', port: 1025 });
  expect(CatcherUrl.parse('smtp://[::1]:2525')).toEqual({ host: '::1', port: 2525 });
  expect(CatcherUrl.parse('smtp://catcher')).toEqual({ host: 'catcher', port: 25 });
  expect(CatcherUrl.safeParse('smtps://catcher').success).toBe(false);
});
