import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startTestProduct, type TestProduct } from '#e2e/test-product.ts';
import { type CliHome, openCliHome } from './testing/run-cli.ts';

// Each command is a process of its own, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

let product: TestProduct;
let home: CliHome;
beforeAll(async () => {
  product = await startTestProduct();
  home = await openCliHome();
  await home.signIn(product.url, product.person);
  await writeFile(join(home.folder, 'people.csv'), 'Who,Mail\nAnna,anna@example.test\nBen,ben@example.test\nCleo,not a mail\n');
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await product[Symbol.asyncDispose]();
});

const importPeople = (list: string, ...more: string[]) =>
  home.run(['lists', 'import', 'people.csv', '--list', list, '--create', '--map', 'email=Mail', '--map', 'name=Who', ...more]);

const agreed = ['--agreed-by', 'website', '--agreed-on', '2026-09-01', '--evidence', 'the form of the shop'];

async function draft(name: string): Promise<void> {
  await importPeople(name, ...agreed);
  await home.run(['templates', 'create', '--name', name, '--subject', 'For {{name}}', '--body', 'Hello {{name}}.']);
  const made = await home.run(['campaigns', 'create', '--name', name, '--template', name, '--from', 'Shop mail', '--list', name]);
  expect(made).toMatchObject({ code: 0, stderr: '' });
}

test('a file is imported into a new list, and each rejected row comes back with its reason', async () => {
  const run = await importPeople('Imported');
  expect(run).toMatchObject({ code: 0, stderr: '' });
  expect(run.stdout).toContain('3 rows read, 2 added, 0 updated, 0 duplicates, 1 rejected.');
  expect(run.stdout).toMatch(/^4 +Mail +not a mail +\S/m);
  const lists = await home.run(['lists', 'list', '--json']);
  expect(JSON.parse(lists.stdout).rows).toMatchObject([{ name: 'Imported', entries: 2, emails: 2 }]);
});

test('as JSON an import is one document with its rejects', async () => {
  const run = await importPeople('As JSON', '--json');
  expect(JSON.parse(run.stdout)).toMatchObject({ import: { state: 'done', rowsRead: 3, rejected: 1 }, rejects: [{ row: 4, value: 'not a mail' }] });
});

test('a file that is not there, and a list that is not there, are failures with a sentence', async () => {
  expect(await home.run(['lists', 'import', 'nowhere.csv', '--list', 'x', '--create'])).toMatchObject({ code: 1, stdout: '' });
  const half = await importPeople('Half', '--agreed-by', 'website');
  expect(half).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^--agreed-on: .*--evidence: /) });
  const run = await home.run(['lists', 'import', 'people.csv', '--list', 'nobody']);
  expect(run).toEqual({ code: 1, stdout: '', stderr: 'There is no list called nobody.\n' });
});

test('a campaign is made, started and followed to its end, and what is shown was sent', async () => {
  await draft('Spring');
  const run = await home.run(['campaigns', 'start', 'Spring', '--yes', '--follow', '--json']);
  expect(run).toMatchObject({ code: 0, stderr: '' });
  const lines = run.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.at(-1)).toMatchObject({ state: 'finished', counts: { total: 2, sent: 2, failed: 0 } });
  const mails = await product.catcher.messages();
  expect(mails.map(({ subject }) => subject).toSorted()).toEqual(['For Anna', 'For Ben']);

  const deliveries = await home.run(['deliveries', 'list', '--campaign', 'Spring']);
  expect(deliveries.stdout).toMatch(/^sent .*anna@example\.test .*Shop mail/m);
  const { rows } = JSON.parse((await home.run(['deliveries', '--campaign', 'Spring', '--search', 'anna', '--json'])).stdout);
  expect(rows).toHaveLength(1);
  expect((await home.run(['deliveries', 'show', rows[0].id])).stdout).toContain('"Hello Anna."');
});

test('where nobody can be asked, starting and cancelling need --yes, whatever is piped in', async () => {
  await draft('Winter');
  const stateNow = async () => {
    const { rows } = JSON.parse((await home.run(['campaigns', 'list', '--json'])).stdout);
    return rows.find(({ name }: { name: string }) => name === 'Winter').state;
  };
  for (const act of ['start', 'cancel']) {
    for (const input of ['', 'n\n', 'y\n']) {
      const run = await home.run(['campaigns', act, 'Winter'], { input });
      expect(run).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(`nobody can be asked here, so ${act} needs --yes`) });
    }
  }
  expect(await stateNow()).toBe('draft');
});

test('following shows changes as they come, and ends with the campaign', async () => {
  await draft('Summer');
  await product.client.changeWorkspace({ body: { settings: { quietHours: { from: '00:00', to: '23:59' }, pace: { mode: 'instant' } } } });
  await home.run(['campaigns', 'start', 'Summer', '--yes']);
  let isCancelled = false;
  const run = await home.runWhile(['campaigns', 'follow', 'Summer', '--json'], async (said) => {
    if (isCancelled || !said.includes('"running"')) return;
    isCancelled = true;
    await home.run(['campaigns', 'cancel', 'Summer', '--yes']);
  });
  expect(run).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(run.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ state: 'cancelled', counts: { cancelled: 2, sent: 0 } });
});

test('Ctrl-C stops the showing, not the campaign', async () => {
  await draft('Autumn');
  await home.run(['campaigns', 'start', 'Autumn', '--yes']);
  const run = await home.runUntil(['campaigns', 'follow', 'Autumn', '--json'], (said) => said.includes('"running"'));
  expect(run).toMatchObject({ code: 130, stderr: '' });
  const { rows } = JSON.parse((await home.run(['campaigns', 'list', '--json'])).stdout);
  expect(rows.find(({ name }: { name: string }) => name === 'Autumn')).toMatchObject({ state: 'running' });
  expect((await home.run(['campaigns', 'pause', 'Autumn'])).stdout).toBe('Autumn: paused, paused by a person.\n');
  expect((await home.run(['campaigns', 'resume', 'Autumn'])).stdout).toContain('running');
});

test('a conversation is found, read and answered; the same key answers once', async () => {
  const list = await home.run(['conversations', 'list', '--search', 'Anna', '--json']);
  const [conversation] = JSON.parse(list.stdout).rows;
  expect((await home.run(['conversations', 'messages', conversation.id])).stdout).toMatch(/you \(sent\) +Hello Anna\./);
  const reply = ['conversations', 'reply', conversation.id, 'See you then.', '--key', 'one', '--json'];
  const [first, second] = [await home.run(reply), await home.run(reply)];
  expect(first).toMatchObject({ code: 0 });
  expect(JSON.parse(second.stdout).deliveryId).toBe(JSON.parse(first.stdout).deliveryId);
});
