import { expect, test } from 'vitest';
import { hearSockets, type SocketEar } from './hear-sockets.ts';
import { link, me, openWhatsApp } from './testing/linked-whatsapp.ts';
import { until } from './testing/open-host.ts';

test('a messenger that stops answering is heard to be silent, also while its page shows nothing of it', async () => {
  await using whatsapp = await openWhatsApp();
  const ear: SocketEar = hearSockets(whatsapp.profile.page);
  await link(whatsapp);
  await until(() => ear.silentMs() === 0);
  await whatsapp.control('/faults', { number: me, faults: { isFrozen: true } });
  await until(() => ear.silentMs() > 2_000);
  await whatsapp.control('/faults', { number: me, faults: { isFrozen: false } });
  await until(() => ear.silentMs() === 0);
  expect(await whatsapp.profile.page.locator('#pane-side').count()).toBe(1);
  await whatsapp.profile.page.reload();
  await whatsapp.profile.page.waitForSelector('#pane-side');
  await whatsapp.control('/faults', { number: me, faults: { isFrozen: true } });
  await until(() => ear.silentMs() > 2_000);
});
