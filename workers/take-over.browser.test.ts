import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadPacks } from '#browser-profiles/engine/load-packs.ts';
import type { ProfileHost } from '#browser-profiles/host.ts';
import { type LoopbackSite, startLoopbackSite } from '#browser-profiles/testing/loopback-site.ts';
import { type MemoryLeases, memoryLeases } from '#browser-profiles/testing/memory-leases.ts';
import { openHost, until } from '#browser-profiles/testing/open-host.ts';
import { Failure } from '#core/failure.ts';
import { addTestWorkspace, createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { inWorkspace } from '#sql/database.ts';
import { acquireLease, tellHostIsAlive } from '#sql/leases.ts';
import { setWanted, unheldProfiles } from '#sql/profile-access.ts';
import { createSealer } from '#sql/sealed.ts';
import { ProfileDesk } from './profile-desk.ts';
import { type ProfileRef, readProfile } from './profile-spec-of.ts';
import { addTestProfile } from './testing/add-profile.ts';

const signal = new AbortController().signal;
const deadHost = { id: '11111111-1111-4111-8111-111111111111', url: 'http://127.0.0.1:1', sealedSecret: Buffer.from('x'), slots: 1 };
let base: TestDatabase;
let site: LoopbackSite;
let ref: ProfileRef;

beforeAll(async () => {
  base = await createTestDatabase();
  site = await startLoopbackSite();
  const workspaceId = await addTestWorkspace(base.db);
  ref = { workspaceId, accountId: await addTestProfile(base.db, workspaceId, site.url) };
  await inside((trx) => setWanted(trx, ref.accountId, 'running'));
});
afterAll(async () => {
  await site.close();
  await base[Symbol.asyncDispose]();
});

const inside = <T>(work: Parameters<typeof inWorkspace<T>>[2]) => inWorkspace(base.db, ref.workspaceId, work);
const stateOf = async () => (await readProfile(base.db, ref)).state;
const isUnheld = async () => (await unheldProfiles(base.db)).some(({ accountId }) => accountId === ref.accountId);

async function openDesk(host: ProfileHost): Promise<ProfileDesk> {
  return new ProfileDesk({
    db: base.db,
    host,
    packs: await loadPacks(),
    sealer: createSealer('only a test seals with this secret'),
    hold: () => undefined,
    run: async () => ({}),
    whyHeld: () => null,
    isControlled: () => false,
    onReady: async () => undefined,
    tell: () => undefined,
  });
}

test('a profile of a dead host is nobody’s only once its lease has run out', async () => {
  await tellHostIsAlive(base.db, deadHost);
  await acquireLease(base.db, { ...ref, hostId: deadHost.id });
  await base.db
    .updateTable('hosts')
    .set({ seen_at: new Date(0) })
    .where('id', '=', deadHost.id)
    .execute();
  expect(await isUnheld()).toBe(false);
  await inside((trx) => sql`update leases set until = now() where account_id = ${ref.accountId}`.execute(trx));
  expect(await isUnheld()).toBe(true);
});

test('a host that came too late, or lost a profile to another one, opens it once that one is gone', async () => {
  const others: MemoryLeases = memoryLeases();
  others.takeAway(ref.accountId);
  const late = await openHost({ leases: others });
  const lateDesk = await openDesk(late.host);
  await expect(lateDesk.start(ref, signal)).rejects.toMatchObject({ code: 'profile_in_use' });
  expect(await lateDesk.isToBeOpened(ref)).toBe(true);
  expect(await stateOf()).not.toBe('failed');
  await late.close();

  const { host, leases, close } = await openHost({ leases: memoryLeases(1000) });
  const desk = await openDesk(host);
  try {
    await desk.start(ref, signal);
    expect(await desk.isToBeOpened(ref)).toBe(false);
    leases.takeAway(ref.accountId);
    await until(() => !host.isLive(ref.accountId));
    await until(() => desk.isToBeOpened(ref));
    expect(await stateOf()).not.toBe('stopped');
  } finally {
    await desk.forget(ref.accountId);
    await close();
  }
});

test('a profile whose start met a database that was away is opened by the next round', async () => {
  const { host, close } = await openHost();
  const desk = await openDesk(host);
  const admin = new pg.Client({ connectionString: base.url });
  await admin.connect();
  await admin.query('revoke update on profiles from patchbay_app');
  await expect(desk.start(ref, signal)).rejects.toThrow('permission denied');
  expect(await desk.isToBeOpened(ref)).toBe(true);
  await admin.query('grant update on profiles to patchbay_app');
  await admin.end();
  await desk.forget(ref.accountId);
  await close();
});

test('a browser that comes back by itself after its lease was lost for a moment is watched again', async () => {
  const leases = memoryLeases();
  let isAway = false;
  const acquire = async (profileId: string) => {
    const lease = await leases.acquire(profileId);
    if (!isAway) return lease;
    isAway = false;
    throw new Failure('lease_lost');
  };
  const { host, events, close } = await openHost({ leases: { ...leases, acquire } });
  const desk = await openDesk(host);
  try {
    await desk.start(ref, signal);
    isAway = true;
    host.giveUp(ref.accountId, new Failure('browser_crashed'));
    await until(() => events.some((event) => event.is === 'failed' && event.failure.code === 'lease_lost'));
    await until(() => host.isLive(ref.accountId) && desk.stateOf(ref.accountId) === 'loading');
    await until(async () => (await stateOf()) === 'loading');
  } finally {
    await desk.forget(ref.accountId);
    await close();
  }
});
