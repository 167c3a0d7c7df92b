import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { controlSeconds } from '#core/control.ts';
import { addTestWorkspace, createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { endControl, type Grant, keepControl, readControl, takeControl } from './controls.ts';
import { inWorkspace, type Trx } from './database.ts';
import { addProfile, readProfile } from './profiles.ts';

let base: TestDatabase;
let workspaceId: string;
let people: string[];
let profileId: string;

beforeAll(async () => {
  base = await createTestDatabase();
  workspaceId = await addTestWorkspace(base.db);
  people = await inOwn(async (trx) => {
    const names = ['ann', 'ben'].map((name) => `${name}-${randomUUID().slice(0, 8)}`);
    const added = await trx
      .insertInto('people')
      .values(
        names.map((username) => ({
          ...{ workspace_id: workspaceId, email: `${username}@example.test`, username },
          ...{ name: username.slice(0, 3), role: 'operator', password_hash: 'x' },
        })),
      )
      .returning('id')
      .execute();
    return added.map((row) => row.id);
  });
});
afterAll(() => base[Symbol.asyncDispose]());
beforeEach(async () => {
  const plain = {
    channel: 'converse',
    addressedBy: 'jid',
    proxyId: null,
    locale: 'en',
    zone: 'UTC',
    stealth: false,
    pace: {},
    ceilings: {},
  } as const;
  profileId = await inOwn((trx) => addProfile(trx, workspaceId, { ...plain, name: randomUUID(), baseUrl: 'http://x/' }));
});

const inOwn = <T>(work: (trx: Trx) => Promise<T>) => inWorkspace(base.db, workspaceId, work);
const take = (at = 0) => inOwn((trx) => takeControl(trx, { workspaceId, profileId, personId: people[at] ?? '' }));
const read = () => inOwn((trx) => readControl(trx, { workspaceId, profileId }));
const idOf = (grant: Grant) => (grant.is === 'granted' ? grant.controlId : '');
const end = (controlId: string, inputs = 0) => inOwn((trx) => endControl(trx, { workspaceId, controlId, inputs, why: 'given_back', goOn: 'resume' }));
const runOut = () => inOwn((trx) => sql`update controls set until = now() - interval '1 second' where account_id = ${profileId}`.execute(trx));
const audited = () =>
  inOwn((trx) => trx.selectFrom('audit').select(['action', 'person_id', 'detail']).where('subject_id', '=', profileId).orderBy('id').execute());

test('of many who ask at once one is let through, and the others are told who has it', async () => {
  for (let round = 0; round < 5; round += 1) {
    const grants = await Promise.all(Array.from({ length: 8 }, (_, nth) => take(nth % 2)));
    const [won, ...more] = grants.filter((grant) => grant.is === 'granted');
    expect(more).toEqual([]);
    const winner = (await inOwn((trx) => readProfile(trx, profileId, new Date()))).control;
    const lost = new Set(grants.flatMap((grant) => (grant.is === 'taken' ? [grant.by] : [])));
    expect([...lost]).toEqual([winner?.person]);
    expect(await read()).toMatchObject({ is: 'held', controlId: won?.controlId });
    await end(won?.controlId ?? '');
  }
});

test('a sign of life prolongs it, and what has run out cannot be prolonged or read any more', async () => {
  const controlId = idOf(await take());
  await inOwn((trx) => sql`update controls set until = now() + interval '3 seconds' where account_id = ${profileId}`.execute(trx));
  expect(await inOwn((trx) => keepControl(trx, { controlId, inputs: 4 }))).toBe(controlSeconds);
  expect(await read()).toMatchObject({ is: 'held', leftMs: expect.closeTo(controlSeconds * 1000, -3) });
  await runOut();
  expect(await inOwn((trx) => keepControl(trx, { controlId, inputs: 9 }))).toBeNull();
  expect(await read()).toEqual({ is: 'free', goOn: 'restart' });
  expect(idOf(await take(1))).not.toBe(controlId);
});

test('the audit says who had it, how many inputs and why it ended, once, whoever noticed', async () => {
  const first = idOf(await take());
  expect(await Promise.all([end(first, 7), end(first, 7), end(first, 7)])).toHaveLength(3);
  expect(await end(first, 8)).toBe(false);
  expect(await read()).toEqual({ is: 'free', goOn: 'resume' });
  const second = idOf(await take(1));
  await inOwn((trx) => keepControl(trx, { controlId: second, inputs: 2 }));
  await runOut();
  // Whoever asks next finds it: its server may be gone.
  await take();
  const rows = await audited();
  expect(rows.map((row) => [row.action, row.person_id, row.detail])).toEqual([
    ['takeControl', people[0], {}],
    ['endControl', people[0], expect.objectContaining({ inputs: 7, why: 'given_back', goOn: 'resume' })],
    ['takeControl', people[1], {}],
    ['endControl', people[1], expect.objectContaining({ inputs: 2, why: 'expired', goOn: 'restart' })],
    ['takeControl', people[0], {}],
  ]);
});

test('a control of another workspace is neither seen nor ended', async () => {
  const controlId = idOf(await take());
  const stranger = await addTestWorkspace(base.db);
  const asStranger = <T>(work: (trx: Trx) => Promise<T>) => inWorkspace(base.db, stranger, work);
  expect(await asStranger((trx) => readControl(trx, { workspaceId: stranger, profileId }))).toEqual({ is: 'free', goOn: 'restart' });
  expect(await asStranger((trx) => keepControl(trx, { controlId, inputs: 0 }))).toBeNull();
  const ended = asStranger((trx) => endControl(trx, { workspaceId: stranger, controlId, inputs: 0, why: 'closed', goOn: 'restart' }));
  expect(await ended).toBe(false);
  expect(await read()).toMatchObject({ is: 'held' });
});
