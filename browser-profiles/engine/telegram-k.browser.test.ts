import { expect, test } from 'vitest';
import { logInByQr, me, myPhone, openTelegram } from '#browser-profiles/testing/telegram.ts';

test('the same pack logs in, sends, reads and confirms on the DOM of Web K', async () => {
  await using telegram = await openTelegram({ dialect: 'k' });
  const logIn = (way: string, input: Record<string, string>) => telegram.run({ flow: `login.${way}`, input }).catch((error: unknown) => error);
  const says = (words: string) => ({ code: 'wrong_code', message: `Telegram Web says: ${words}` });
  await telegram.control('/accounts', { id: me, phone: myPhone, name: 'Shop', password: 'cloud password' });
  await telegram.control('/peers', [
    { id: '1007', name: 'Anna', username: 'anna_a', phone: '15550001007' },
    { id: '-4501', name: 'Team' },
  ]);
  await telegram.profile.page.goto(telegram.lab.url);
  await expect.poll(telegram.state, { timeout: 20_000 }).toBe('needs_qr');
  expect(await logIn('phone', { phone: '+15550009999' })).toMatchObject(says('Invalid phone number, please try again'));
  await telegram.control('/faults', { account: me, faults: { phoneError: 'FLOOD_WAIT_300' } });
  expect(await logIn('phone', { phone: myPhone })).toMatchObject(says('FLOOD_WAIT_300'));
  await telegram.control('/faults/clear', {});
  await logIn('phone', { phone: myPhone });
  expect(await logIn('code', { code: '00000' })).toMatchObject(says('Invalid code, please try again'));
  await logIn('code', { code: String((await telegram.control(`/code?account=${me}`)).code) });
  expect(await logIn('password', { password: 'wrong' })).toMatchObject(says('PASSWORD_HASH_INVALID'));
  await logIn('password', { password: 'cloud password' });
  expect(await telegram.run({ flow: 'me' })).toMatchObject({ rows: { me: [{ identity: me }] } });

  await telegram.control('/faults', { account: me, faults: { ackDelayMs: 1500 } });
  for (const [address, peer] of [
    ['@anna_a', '1007'],
    ['-4501', '-4501'],
  ] as const) {
    const text = `Hello ${address}\nfrom Web K`;
    const outcome = await telegram.run({ flow: 'send', input: { to: address, name: '', text } });
    expect(outcome).toMatchObject({ is: 'sent', platformId: String(telegram.arrived(peer, text)[0]?.id), conversation: peer });
  }
  await telegram.control('/incoming', { account: me, peer: '1007', text: 'An answer' });
  expect(await telegram.run({ flow: 'unread' })).toMatchObject({ rows: { unread: [{ conversation: '1007', name: 'Anna', count: '1' }] } });
  const input = { to: '@anna_a', name: '', text: 'Interrupted' };
  const anchor = await telegram.interrupt('before the act', input);
  expect(await telegram.run({ flow: 'confirm', input, anchor })).toEqual({ is: 'absent' });

  await telegram.control('/accounts', { id: me, phone: myPhone, name: 'Shop', password: null });
  await telegram.control('/logout', { account: me });
  await logInByQr(telegram);
});
