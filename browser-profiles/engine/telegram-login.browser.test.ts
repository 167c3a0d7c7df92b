import { afterAll, beforeAll, expect, test } from 'vitest';
import { logInByQr, me, myPhone, openTelegram, type TelegramUnderTest } from '#browser-profiles/testing/telegram.ts';

let telegram: TelegramUnderTest;
beforeAll(async () => {
  telegram = await openTelegram();
}, 60_000);
afterAll(async () => {
  await telegram?.[Symbol.asyncDispose]();
});

const soon = <T>(look: () => T) => expect.poll(look, { timeout: 20_000, interval: 100 });
const logIn = (way: string, input: Record<string, string>) => telegram.run({ flow: `login.${way}`, input }).catch((error: unknown) => error);
const says = (sentence: string) => ({ code: 'wrong_code', message: `Telegram Web says: ${sentence}` });

test('each screen of the way in is recognised, and each wrong input reaches the person as a sentence', async () => {
  await telegram.control('/accounts', { id: me, phone: myPhone, name: 'Shop', password: 'cloud password' });
  await telegram.profile.page.goto(telegram.lab.url);
  await soon(telegram.state).toBe('needs_qr');
  expect(await logIn('phone', { phone: '+1 555 000 9999' })).toMatchObject(says('Invalid phone number, please try again'));
  expect(await telegram.state()).toBe('needs_phone');
  await telegram.control('/faults', { account: me, faults: { phoneError: 'FLOOD_WAIT_86400' } });
  expect(await logIn('phone', { phone: myPhone })).toMatchObject(says('Too many attempts, please try again in 1 day'));
  await telegram.control('/faults/clear', {});

  await logIn('phone', { phone: `+${myPhone}` });
  expect(await telegram.state()).toBe('needs_code');
  expect(await logIn('code', { code: '00000' })).toMatchObject(says('Invalid code, please try again'));
  const { code } = await telegram.control(`/code?account=${me}`);
  await logIn('code', { code: String(code) });
  expect(await telegram.state()).toBe('needs_password');
  expect(await logIn('password', { password: 'wrong' })).toMatchObject(says('Invalid password, please try again'));
  await logIn('password', { password: 'cloud password' });
  expect(await telegram.run({ flow: 'me' })).toMatchObject({ rows: { me: [{ identity: me }] } });
});

test('a session that was terminated from the phone is logged out, and a scanned code asks for the password too', async () => {
  await telegram.control('/logout', { account: me });
  await soon(telegram.state).toBe('needs_qr');
  await expect(telegram.run({ flow: 'check' })).rejects.toMatchObject({ code: 'logged_out' });
  await logIn('phone', { phone: myPhone });
  // Back from the code form to the picture.
  await telegram.run({ flow: 'login.qr' });
  await soon(async () => (await telegram.readQr()).is).toBe('code');
  const view = await telegram.readQr();
  await telegram.control('/scan', { text: view.is === 'code' ? view.text : '', account: me });
  await soon(telegram.state).toBe('needs_password');
  await logIn('password', { password: 'cloud password' });
  await soon(telegram.state).toBe('ready');
});

test('a login outlives the browser; another tab is a conflict until it is gone', async () => {
  await telegram.profile.closeAndReopen();
  await telegram.run({ flow: 'check' });
  await telegram.control('/conflict', { account: me });
  await soon(telegram.state).toBe('conflict');
  await expect(telegram.run({ flow: 'check' })).rejects.toMatchObject({ code: 'not_ready' });
  await telegram.profile.page.reload();
  await soon(telegram.state).toBe('ready');
});

test('a number without an account ends at the sign-up form, which is said', async () => {
  await telegram.control('/logout', { account: me });
  await telegram.control('/accounts', { id: me, phone: myPhone, name: 'Shop', password: null, isNew: true });
  await logIn('phone', { phone: myPhone });
  await logIn('code', { code: String((await telegram.control(`/code?account=${me}`)).code) });
  expect(await telegram.state()).toBe('unsupported');
  await telegram.control('/accounts', { id: me, phone: myPhone, name: 'Shop', isNew: false });
  await logInByQr(telegram);
});
