import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ProfileHost } from '#browser-profiles/host.ts';
import type { HostEvent } from '#browser-profiles/host-event.ts';
import { addTestWorkspace, createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { inWorkspace } from '#sql/database.ts';
import { setWanted } from '#sql/profile-access.ts';
import { createSealer } from '#sql/sealed.ts';
import { Holds } from './holds.ts';
import { becomeHost } from './host-identity.ts';
import { ProfileDesk } from './profile-desk.ts';
import { Sleepers } from './sleepers.ts';
import { addTestProfile } from './testing/add-profile.ts';

const log = { info: () => undefined, warn: () => undefined };
/** So many that writes side by side would end in the wrong order somewhere. */
const profiles = 20;
let base: TestDatabase;
let workspaceId: string;
let ids: string[];
let dataDir: string;

beforeAll(async () => {
  base = await createTestDatabase();
  workspaceId = await addTestWorkspace(base.db);
  ids = await Promise.all(Array.from({ length: profiles }, () => addTestProfile(base.db, workspaceId)));
  dataDir = await mkdtemp(join(tmpdir(), 'patchbay-desk-'));
});
afterAll(async () => {
  await base[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

const { signal } = new AbortController();

async function openHost({ slots }: { slots: number }): Promise<ProfileHost> {
  const identity = await becomeHost(base.db, dataDir);
  const leases = new Holds(base.db, identity.id);
  for (const id of ids) leases.know(id, workspaceId);
  return new ProfileHost({ browserPath: null, dataDir, sandbox: false, slots, leases, log });
}

const deskOf = (host: ProfileHost) =>
  new ProfileDesk({
    db: base.db,
    host,
    packs: new Map(),
    sealer: createSealer('a key that only tests use, nowhere else'),
    hold: () => undefined,
    run: async () => ({}),
    whyHeld: () => null,
    isControlled: () => false,
    onReady: async () => undefined,
    tell: () => undefined,
  });

const readAll = () => inWorkspace(base.db, workspaceId, (trx) => trx.selectFrom('profiles').select(['state', 'hibernated_at']).execute());

test('a profile that makes room the moment it has opened sleeps, and nobody opens it for nothing', async () => {
  const listeners: ((event: HostEvent) => void)[] = [];
  const tell = vi.fn();
  const host = {
    isLive: () => false,
    on(listener: (event: HostEvent) => void) {
      listeners.push(listener);
      return () => undefined;
    },
    keepOpen: () => () => undefined,
    hibernateIdle: async () => undefined,
    copyDue: async () => undefined,
  };
  const desk = { start: async () => undefined, stateOf: () => null };
  new Sleepers({
    db: base.db,
    host,
    desk,
    workspaceOf: () => workspaceId,
    hibernateAfterMs: null,
    wakeAfterMs: null,
    copyEveryMs: 1,
    tell,
    stop: signal,
  });
  for (const [n, profileId] of [...ids, ...ids, ...ids].entries()) {
    listeners[0]?.({ is: 'opened', profileId });
    listeners[0]?.({ is: 'closing', profileId, reason: 'idle' });
    await expect.poll(() => tell.mock.calls.length, { interval: 5 }).toBe(2 * (n + 1));
  }
  expect((await readAll()).filter((row) => row.hibernated_at === null)).toEqual([]);
});

test('the row of a profile ends with what its desk said last', async () => {
  await using host = await openHost({ slots: profiles });
  const desk = deskOf(host);
  await Promise.all(
    ids.map(async (accountId) => {
      const ref = { accountId, workspaceId };
      // Without a browser it is held, which is written while it is stopped.
      await expect(desk.start(ref, signal)).rejects.toMatchObject({ code: 'no_browser' });
      await desk.stop(ref);
    }),
  );
  expect(new Set((await readAll()).map((row) => row.state))).toEqual(new Set(['stopped']));
});

test('a profile that is stopped while it waits for its slot is stopped, and one that is not to run any more is not opened', async () => {
  const accountId = await addTestProfile(base.db, workspaceId);
  ids.push(accountId);
  await using host = await openHost({ slots: 0 });
  const desk = deskOf(host);
  const ref = { accountId, workspaceId };
  const want = (wanted: 'running' | 'stopped') => inWorkspace(base.db, workspaceId, (trx) => setWanted(trx, accountId, wanted));
  await want('running');
  expect(await desk.isToBeOpened(ref)).toBe(true);
  const starting = desk.start(ref, signal);
  await expect.poll(async () => (await readAll()).map(({ state }) => state)).toContain('launching');
  await want('stopped');
  await Promise.all([expect(starting).rejects.toMatchObject({ code: 'not_ready' }), desk.stop(ref)]);
  expect(new Set((await readAll()).map((row) => row.state))).toEqual(new Set(['stopped']));
  expect(await desk.isToBeOpened(ref)).toBe(false);
});
