import { expect, test } from 'vitest';
import { loadPacks } from './load-packs.ts';

const packs = await loadPacks();

test('every pack of the repository loads, with the words of its own language', () => {
  expect([...packs.keys()].sort()).toEqual(['converse', 'telegram-web', 'whatsapp-web']);
  for (const pack of packs.values()) expect(pack.locales[pack.locale.default], pack.name).toBeDefined();
});

test('no selector hangs on one anchor alone, except ids that have not changed since 2019', () => {
  const single = [...packs.values()].flatMap((pack) =>
    Object.entries(pack.selectors).flatMap(([name, { any }]) => (any.length < 2 ? [`${pack.name}/${name}`] : [])),
  );
  expect(single).toEqual(['whatsapp-web/app']);
});
