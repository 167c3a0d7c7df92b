import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createPrinter } from '#browser-profiles/print-page.ts';
import { addTestWorkspace, createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { type Catcher, startCatcher } from '#lab/mail/catcher.ts';
import { inWorkspace, type Trx } from '#sql/database.ts';
import { addReport, askForReport, beginReport, changeReport, dueReports, listReports } from '#sql/reports.ts';
import { createSealer } from '#sql/sealed.ts';
import { readMailSettings } from './mail-settings.ts';
import { createReportWork } from './reports.ts';
import { addOffice } from './testing/add-office.ts';

const sealer = createSealer('a key that only tests use, nowhere else');
const clock = { at: 0, now: () => new Date(clock.at), settle: async () => undefined };
let base: TestDatabase;
let catcher: Catcher;
let workspaceId: string;
beforeAll(async () => {
  base = await createTestDatabase();
  catcher = await startCatcher();
});
afterAll(async () => {
  await catcher[Symbol.asyncDispose]();
  await base[Symbol.asyncDispose]();
});
beforeEach(async () => {
  workspaceId = await addTestWorkspace(base.db);
  clock.at = Date.parse('2031-03-05T08:00:00Z');
  catcher.setFaults({});
});

const inside = <T>(work: (trx: Trx) => Promise<T>) => inWorkspace(base.db, workspaceId, work);
const look = async () => {
  const work = createReportWork({
    db: base.db,
    clock,
    settingsOf: (account) => readMailSettings({ db: base.db, sealer, catcher: { host: '127.0.0.1', port: catcher.smtpPort } }, account),
    print: createPrinter(undefined),
    log: pino({ level: 'silent' }),
  });
  await work.look(new AbortController().signal);
  await work.settled();
};
const addOne = async (to: string[], more: object = {}) => {
  const { id: accountId } = await inside((trx) => addOffice(trx, { workspaceId, catcher }));
  const usual = { name: 'Numbers', accountId, to, days: 7, ofAccountId: null, format: 'csv' as const, locale: 'en-GB', isOn: true };
  return inside((trx) => addReport(trx, { workspaceId, now: clock.now() }, { ...usual, again: { each: 'day', at: '09:00' }, ...more }));
};
const only = async () => (await inside((trx) => listReports(trx)))[0];
const mailsTo = (to: string) => catcher.messages({ to });

test('a report goes out when it is due, to each a mail of their own with the days before as a file, and once although two workers look', async () => {
  const report = await addOne(['one@reports.test', 'two@reports.test']);
  expect(report).toMatchObject({ nextAt: '2031-03-05T09:00:00.000Z', sentAt: null, error: null });
  await look();
  expect(await mailsTo('one@reports.test')).toEqual([]);
  clock.at = Date.parse('2031-03-05T09:00:00Z');
  await Promise.all([look(), look()]);
  await look();
  const [mail, ...others] = await mailsTo('one@reports.test');
  expect(others).toEqual([]);
  expect(await mailsTo('two@reports.test')).toHaveLength(1);
  expect(mail).toMatchObject({
    subject: expect.stringMatching(/^Numbers: 26 February\s?–\s?4 March 2031$/),
    text: expect.stringContaining('Came in: 0'),
  });
  expect(mail?.attachments).toMatchObject([{ name: '2031-02-26 2031-03-04.csv', type: 'text/csv' }]);
  expect(await only()).toMatchObject({ nextAt: '2031-03-06T09:00:00.000Z', sentAt: '2031-03-05T09:00:00.000Z', error: null });
});

test('who was not reached is named with the reason, and the others have it', async () => {
  await addOne(['gone@reports.test', 'there@reports.test'], { format: 'xlsx' });
  catcher.setFaults({ rejectRecipients: [{ pattern: 'gone@reports.test', code: 550, text: '5.1.1 Nobody here', times: 1 }] });
  clock.at += 2 * 3_600_000;
  await look();
  expect(await mailsTo('there@reports.test')).toHaveLength(1);
  expect(await only()).toMatchObject({ sentAt: null, error: expect.stringMatching(/^gone@reports\.test: .+$/) });
});

test('one that is off goes out when it is asked for, and then no more', async () => {
  const { id, nextAt } = await addOne(['off@reports.test'], { isOn: false });
  expect(nextAt).toBeNull();
  await inside((trx) => askForReport(trx, { reportId: id, now: clock.now() }));
  await look();
  expect(await mailsTo('off@reports.test')).toHaveLength(1);
  expect(await only()).toMatchObject({ nextAt: null, error: null });
});

test('a worker that dies in between leaves a sentence, and its next time stands', async () => {
  await addOne(['died@reports.test']);
  clock.at += 3_600_000;
  const [ref] = (await dueReports(base.db, clock.now())).filter((one) => one.workspaceId === workspaceId);
  if (!ref) throw new Error('nothing is due');
  expect(await beginReport(base.db, ref, clock.now())).toMatchObject({ range: { from: '2031-02-26', to: '2031-03-04' } });
  await look();
  expect(await mailsTo('died@reports.test')).toEqual([]);
  expect(await only()).toMatchObject({ nextAt: '2031-03-06T09:00:00.000Z', error: expect.stringContaining('was begun') });
});

test('accounts of others are not taken, and a change counts the next time anew', async () => {
  const { id } = await addOne(['me@reports.test']);
  const change = (to: object) => inside((trx) => changeReport(trx, { reportId: id, now: clock.now() }, to));
  await expect(change({ accountId: workspaceId })).rejects.toMatchObject({ fields: { accountId: 'is no mail account of this workspace' } });
  await expect(change({ ofAccountId: workspaceId })).rejects.toMatchObject({ fields: { ofAccountId: 'is no account of this workspace' } });
  expect(await change({ again: { each: 'month', on: 31, at: '07:30' } })).toMatchObject({ nextAt: '2031-03-31T07:30:00.000Z' });
});
