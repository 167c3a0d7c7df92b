import { expect, test } from 'vitest';
import { link, openWhatsApp } from '#browser-profiles/testing/linked-whatsapp.ts';
import { recordHooks } from '#browser-profiles/testing/test-profile.ts';

const anna = '4915550000101';
const sam = '4915550000102';

test.each(['2024', '2025', '2026a'] as const)('the same pack links, sends, reads and confirms on the DOM of %s', async (dialect) => {
  await using whatsapp = await openWhatsApp({ dialect });
  await whatsapp.control('/peers', [
    { number: anna, name: 'Anna Ahrens', saved: true, onWhatsApp: true, deliveredAfterMs: 20, readsAfterMs: 60 },
    { number: sam, name: 'Sam', saved: false, onWhatsApp: true, deliveredAfterMs: 20, readsAfterMs: null },
  ]);
  await link(whatsapp);
  const hooks = recordHooks();
  for (const number of [anna, sam]) {
    const outcome = await whatsapp.run({ flow: 'send', input: { to: `+${number}`, name: '', text: `Hello ${number} 🙂` }, hooks });
    expect(outcome).toMatchObject({ is: 'sent', platformId: whatsapp.arrived(number)[0]?.id });
  }
  await whatsapp.control('/incoming', { to: whatsapp.me, from: anna, text: 'An answer' });
  const read = await whatsapp.run({ flow: 'read', input: { to: `+${anna}`, name: '' } });
  expect(read).toMatchObject({
    messages: [
      { direction: 'out', text: `Hello ${anna} 🙂` },
      { direction: 'in', text: 'An answer' },
    ],
    rows: { peer: [{ address: `+${anna}` }] },
  });
  const input = { to: `+${anna}`, name: '', text: 'Interrupted' };
  const anchor = await whatsapp.interrupt('before the act', input);
  expect(await whatsapp.run({ flow: 'confirm', input, anchor })).toEqual({ is: 'absent' });
});
