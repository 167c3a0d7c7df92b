import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startWhatsAppLab } from './site.ts';

const anna = '4915110000001';
const cara = '447700900001';

async function post(control: string, path: string, body: object): Promise<{ status: number; reply: { [field: string]: unknown } }> {
  const how = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(`${control}${path}`, how);
  return { status: response.status, reply: await response.json() };
}

test('the control API refuses unknown fields and unknown accounts', async () => {
  await using lab = await startWhatsAppLab();
  expect(await post(lab.control, '/accounts', { number: anna, name: 'Anna', colour: 'red' })).toMatchObject({ status: 400 });
  expect(await post(lab.control, '/accounts', { number: 'one', name: 'Anna' })).toMatchObject({ status: 400 });
  expect(await post(lab.control, '/logout', { number: anna })).toMatchObject({ status: 200, reply: { count: 0 } });
  expect(await post(lab.control, '/restrict', { number: anna, until: null })).toMatchObject({ status: 404 });
});

test('faults are set one by one and cleared together', async () => {
  await using lab = await startWhatsAppLab();
  await post(lab.control, '/accounts', { number: anna, name: 'Anna' });
  await post(lab.control, '/faults', { faults: { latencyMs: 20 } });
  const { reply } = await post(lab.control, '/faults', { number: anna, faults: { dropAcksNext: 2 } });
  expect(reply).toMatchObject({ accounts: [{ faults: { latencyMs: 20, dropAcksNext: 2, isFrozen: false } }] });
  const cleared = await post(lab.control, '/faults/clear', {});
  expect(cleared.reply).toMatchObject({ accounts: [{ faults: { latencyMs: 0, dropAcksNext: 0 } }] });
});

test('a lab that starts on its memory file knows phones, messages and drafts again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-lab-'));
  const dataFile = join(folder, 'lab.json');
  const first = await startWhatsAppLab({ dataFile });
  await post(first.control, '/accounts', { number: anna, name: 'Anna' });
  await post(first.control, '/incoming', { to: anna, from: cara, text: 'kept' });
  await post(first.control, '/draft', { number: anna, peer: cara, text: 'half' });
  await first.close();
  const second = await startWhatsAppLab({ dataFile });
  const chats = await (await fetch(`${second.control}/chats?number=${anna}`)).json();
  expect(chats).toMatchObject({ chats: [{ number: cara, unread: 1, draft: 'half', last: { text: 'kept' } }] });
  await second.close();
  await rm(folder, { recursive: true });
});
