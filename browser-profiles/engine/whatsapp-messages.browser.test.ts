import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LinkedWhatsApp, link, openWhatsApp } from '#browser-profiles/testing/linked-whatsapp.ts';
import { recordHooks } from '#browser-profiles/testing/test-profile.ts';
import type { Media } from '#core/channel.ts';

const anna = '4915550000101';
const ben = '4915550000102';
const club = '120363000000001';
const otherClub = '120363000000002';
let whatsapp: LinkedWhatsApp;

beforeAll(async () => {
  whatsapp = await openWhatsApp({ dialect: '2026b', blankPreviewShare: 0 });
  await whatsapp.control('/peers', [
    { number: anna, name: 'Anna Ahrens', saved: true, deliveredAfterMs: 20, readsAfterMs: 40 },
    { number: ben, name: 'Ben', saved: true, deliveredAfterMs: 20 },
    { number: club, name: 'Book club', members: [anna, ben], deliveredAfterMs: 20 },
    { number: otherClub, name: 'Chess', members: [anna], deliveredAfterMs: 20 },
    { number: '120363000000003', name: 'Chess', members: [ben], deliveredAfterMs: 20 },
  ]);
  await link(whatsapp);
}, 90_000);
afterAll(async () => {
  await whatsapp?.[Symbol.asyncDispose]();
});

const png: Media = {
  kind: 'image',
  name: 'dot.png',
  mimeType: 'image/png',
  content: Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64'),
};
const pdf: Media = { kind: 'document', name: 'Offer (März).pdf', mimeType: 'application/pdf', content: Buffer.from('%PDF-1.4\n%%EOF') };
const film: Media = { kind: 'video', name: 'film.mp4', mimeType: 'video/mp4', content: Buffer.from('00000018667479706d703432', 'hex') };
const toAnna = (kind: string, text: string) => ({ to: `+${anna}`, name: '', kind, text });
const hashOf = ({ content }: Media) => createHash('sha256').update(content).digest('hex');
const rowsOf = async (flow: string, input: Record<string, string> = {}) => {
  const outcome = await whatsapp.run({ flow, input });
  if (outcome.is !== 'done') throw new Error(`${flow} answers rows`);
  return outcome;
};

test('an image, a video and a document go out with their caption, and the server has every byte under the proven id', async () => {
  for (const [media, text] of [
    [png, 'A picture 🙂'],
    [film, ''],
    [pdf, 'The offer'],
  ] as const) {
    const hooks = recordHooks();
    const outcome = await whatsapp.run({ flow: 'sendMedia', input: toAnna(media.kind, text), media, hooks });
    const stored = whatsapp.arrived(anna).at(-1);
    expect(outcome).toMatchObject({ is: 'sent', platformId: stored?.id });
    expect(stored).toMatchObject({ kind: media.kind, text, file: { name: media.name, size: media.content.length, sha256: hashOf(media) } });
    expect(hooks.anchors).toHaveLength(1);
  }
  const again = await whatsapp.run({
    flow: 'confirmMedia',
    input: toAnna('image', 'A picture 🙂'),
    anchor: { conversation: anna, lastIds: [], takenAt: new Date(0).toISOString() },
  });
  expect(again).toMatchObject({ is: 'sent' });
});

test('a file whose commit is refused leaves the page as it was, and a person’s file is not sent along', async () => {
  const before = whatsapp.arrived(anna).length;
  const hooks = recordHooks(async () => {
    throw new Error('It may not go out any more');
  });
  await expect(whatsapp.run({ flow: 'sendMedia', input: toAnna('image', 'Refused'), media: png, hooks })).rejects.toThrow();
  const { page } = whatsapp.profile;
  expect(await page.locator('[data-testid="media-caption-input-container"]').count()).toBe(0);
  await page.locator('#main footer [data-icon="plus-rounded"]').click();
  await page.locator('input[accept="*"]').setInputFiles({ name: 'mine.txt', mimeType: 'text/plain', buffer: Buffer.from('mine') });
  await expect(whatsapp.run({ flow: 'send', input: toAnna('', 'Robot') })).rejects.toMatchObject({ code: 'draft_present' });
  expect(whatsapp.arrived(anna)).toHaveLength(before);
  await page.locator('#main button:has([data-icon="x-alt"])').click();
});

test('a reply quotes the message that it answers', async () => {
  await whatsapp.control('/incoming', { to: whatsapp.me, from: ben, text: 'Is it open on Sunday?' });
  await whatsapp.control('/incoming', { to: whatsapp.me, from: ben, text: 'And on Monday?' });
  const [question] = [...whatsapp.lab.lab.messages.values()].filter((message) => message.from === ben);
  const input = { to: `+${ben}`, name: '', text: 'Yes, until six', quoted: question?.id ?? '' };
  expect(await whatsapp.run({ flow: 'reply', input })).toMatchObject({ is: 'sent' });
  expect(whatsapp.arrived(ben)).toMatchObject([{ text: 'Yes, until six', quotes: question?.id }]);
  expect(await whatsapp.run({ flow: 'send', input: { ...input, text: 'Plain' } })).toMatchObject({ is: 'sent' });
  expect(whatsapp.arrived(ben, 'Plain')).toMatchObject([{ quotes: null }]);
});

test('every kind of message is read as a kind and a text', async () => {
  const kinds = {
    text: 'Words',
    image: 'Look',
    video: '',
    audio: '',
    document: 'List',
    sticker: '',
    location: '',
    contact: 'Dr. Who',
    poll: 'Tea or coffee?',
    deleted: '',
  };
  for (const [kind, text] of Object.entries(kinds)) await whatsapp.control('/incoming', { to: whatsapp.me, from: '4915550000177', kind, text });
  const read = await rowsOf('read', { to: '+4915550000177', name: '' });
  const other = { kind: 'other' };
  expect(read.messages.map(({ kind, text }) => ({ kind, text }))).toMatchObject([
    { kind: 'text', text: 'Words' },
    { kind: 'image', text: 'Look' },
    { kind: 'video', text: '' },
    { kind: 'audio', text: '' },
    { kind: 'document', text: 'List' },
    { ...other, text: '' },
    { ...other, text: '' },
    { ...other, text: 'Dr. Who' },
    { ...other, text: 'Tea or coffee?' },
    other,
  ]);
});

test('a group is opened by its name, guarded as a group, and read with its authors', async () => {
  const to = { to: 'group:Book club', name: '' };
  await whatsapp.control('/incoming', { to: whatsapp.me, from: anna, group: club, text: 'Welcome' });
  expect(await whatsapp.run({ flow: 'send', input: { ...to, text: 'Chapter three' } })).toMatchObject({ is: 'sent' });
  expect(whatsapp.arrived(club)).toMatchObject([{ text: 'Chapter three', group: club }]);
  await whatsapp.control('/incoming', { to: whatsapp.me, from: anna, group: club, text: 'Finished!' });
  await whatsapp.control('/incoming', { to: whatsapp.me, from: ben, group: club, text: 'Not yet' });
  const { messages } = await rowsOf('read', to);
  expect(messages.map(({ direction, author, text }) => [direction, author, text])).toEqual([
    ['in', 'Anna Ahrens', 'Welcome'],
    ['out', 'Shop', 'Chapter three'],
    ['in', 'Anna Ahrens', 'Finished!'],
    ['in', 'Ben', 'Not yet'],
  ]);
});

test('neither of two groups with one name, nor a person, is taken for the group', async () => {
  for (const number of [otherClub, '120363000000003']) await whatsapp.control('/outgoing', { from: whatsapp.me, to: number, text: 'hi' });
  await expect(whatsapp.run({ flow: 'send', input: { to: 'group:Chess', name: '', text: 'Which?' } })).rejects.toMatchObject({
    code: 'wrong_recipient',
  });
  await expect(whatsapp.run({ flow: 'send', input: { to: 'group:Ben', name: '', text: 'Who?' } })).rejects.toMatchObject({ code: 'wrong_recipient' });
  expect([...whatsapp.lab.lab.messages.values()].filter(({ text }) => text === 'Which?' || text === 'Who?')).toEqual([]);
});

test('a number is checked without a word being written', async () => {
  const before = whatsapp.lab.lab.messages.size;
  expect((await rowsOf('checkNumber', { to: '+4915550000101' })).rows).toMatchObject({ present: [{}], absent: [] });
  expect((await rowsOf('checkNumber', { to: '+4915550009999' })).rows).toMatchObject({ present: [], absent: [{}] });
  expect(whatsapp.lab.lab.messages.size).toBe(before);
});

test('dialogs and badges far below what the list has drawn are found', async () => {
  const numbers = Array.from({ length: 150 }, (_, index) => `49155510${String(index).padStart(5, '0')}`);
  await whatsapp.control(
    '/peers',
    numbers.map((number, index) => ({ number, name: `Peer ${index}`, saved: true })),
  );
  for (const number of numbers) await whatsapp.control('/outgoing', { from: whatsapp.me, to: number, text: 'x' });
  await whatsapp.control('/read', { number: whatsapp.me, peer: anna });
  const { rows } = await rowsOf('dialogs');
  const names = rows.dialogs?.map(({ name }) => name) ?? [];
  expect(new Set(names).size).toBe(names.length);
  expect(numbers.filter((_, index) => !names.includes(`Peer ${index}`))).toEqual([]);
  expect(await whatsapp.profile.page.locator('#pane-side [role="row"]').count()).toBeLessThan(60);
});
