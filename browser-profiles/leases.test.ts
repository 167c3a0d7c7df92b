import { expect, test, vi } from 'vitest';
import { Failure } from '#core/failure.ts';
import { keepLease, type Lease, type Leases } from './leases.ts';

const leaseMs = 300;

test('a lease is renewed as long as it is kept, and given back once', async () => {
  const table = leases(async (lease) => grant(lease.fence));
  const kept = await keepLease(table, 'a');
  await until(() => table.renewed >= 4);
  expect(kept.lost.aborted).toBe(false);
  expect(kept.current().remainingMs()).toBeGreaterThan(0);
  await kept.release();
  const renewed = table.renewed;
  expect(table.released).toBe(1);
  expect(table.renewed).toBe(renewed);
});

test('a lease that is another’s by now is lost at once and not given back', async () => {
  const table = leases(async () => {
    throw new Failure('lease_lost');
  });
  const kept = await keepLease(table, 'a');
  await until(() => kept.lost.aborted);
  expect(kept.lost.reason).toMatchObject({ code: 'lease_lost' });
  await kept.release();
  expect(table.released).toBe(0);
});

test('a database that is away for a moment costs nothing', async () => {
  let tries = 0;
  const table = leases(async (lease) => {
    tries += 1;
    if (tries === 1) throw new Error('connection terminated');
    return grant(lease.fence);
  });
  const kept = await keepLease(table, 'a');
  await until(() => table.renewed >= 4);
  expect(kept.lost.aborted).toBe(false);
  await kept.release();
});

test('a database that stays away or never answers ends the hold while it is still ours', async () => {
  const renewals: (() => Promise<Lease>)[] = [() => Promise.reject(new Error('connection refused')), () => new Promise(() => undefined)];
  for (const renew of renewals) {
    const kept = await keepLease(leases(renew), 'a');
    await until(() => kept.lost.aborted);
    expect(kept.lost.reason).toMatchObject({ code: 'lease_lost' });
    await kept.release();
  }
});

test('giving back does not wait for a database that hangs', async () => {
  const table = leases(() => new Promise(() => undefined));
  const kept = await keepLease(table, 'a');
  await until(() => table.renewed === 1);
  await kept.release();
  expect(table.released).toBe(1);
});

function grant(fence: number): Lease {
  const until = performance.now() + leaseMs;
  return { profileId: 'a', fence, remainingMs: () => until - performance.now() };
}

function leases(renew: (lease: Lease) => Promise<Lease>): Leases & { renewed: number; released: number } {
  const table = {
    renewed: 0,
    released: 0,
    acquire: async () => grant(1),
    renew: (lease: Lease) => {
      table.renewed += 1;
      return renew(lease);
    },
    release: async () => {
      table.released += 1;
    },
  };
  return table;
}

const until = (claim: () => boolean) => vi.waitUntil(claim, { timeout: 5000, interval: 5 });
