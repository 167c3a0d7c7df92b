import { z } from 'zod';
import { numbers } from '#core/api/numbers.ts';
import { LoginStep, profiles } from '#core/api/profiles.ts';
import { Failure } from '#core/failure.ts';
import type { Db } from '#sql/database.ts';
import { anyHost, holderOf } from '#sql/leases.ts';
import type { Sealer } from '#sql/sealed.ts';
import { askHost, type HostAddress } from './ask-host.ts';
import type { ProfileRemote } from './profiles.ts';
import type { SnapshotParts } from './snapshots.ts';

type Place = { workspaceId: string; profileId: string };

/** Where a profile is looked after: the host that holds its lease, else any live one. Throws `no_host`. */
export async function hostFor(db: Db, { workspaceId, profileId }: Place): Promise<HostAddress> {
  const host = (await holderOf(db, workspaceId, profileId)) ?? (await anyHost(db));
  if (!host) throw new Failure('no_host');
  return host;
}

type RemoteParts = { db: Db; sealer: Sealer; screenshot: ProfileRemote['screenshot'] };

/** Asks the worker of a profile over its private address. `screenshot` comes from the live view, which looks at the same page. */
export function createProfileRemote({ db, sealer, screenshot }: RemoteParts): ProfileRemote & Pick<SnapshotParts, 'storageState'> {
  async function ask<T extends z.ZodType>(place: Place, act: { name: string; ask?: unknown; reply: T }, signal: AbortSignal): Promise<z.output<T>> {
    const body = { workspaceId: place.workspaceId, ask: act.ask };
    const response = await askHost(await hostFor(db, place), sealer, { path: `/profiles/${place.profileId}/${act.name}`, body, signal });
    return act.reply.parse(await response.json().catch(() => null));
  }
  return {
    login: (place, login, signal) => ask(place, { name: 'login', ask: login, reply: LoginStep }, signal),
    me: (place, signal) => ask(place, { name: 'me', reply: profiles.readMe.reply }, signal),
    unread: (place, signal) => ask(place, { name: 'unread', reply: profiles.readUnread.reply }, signal),
    dialogs: (place, signal) => ask(place, { name: 'dialogs', reply: profiles.readDialogs.reply }, signal),
    checkNumber: (place, phone, signal) => ask(place, { name: 'check-number', ask: { phone }, reply: numbers.checkNumber.reply }, signal),
    storageState: (place, signal) => ask(place, { name: 'storage-state', reply: z.unknown() }, signal),
    screenshot,
  };
}

/** Pages of ours as PDF, made by any worker: a server has no browser. Throws `no_host`. */
export const createRemotePrinter =
  ({ db, sealer }: Omit<RemoteParts, 'screenshot'>) =>
  async (html: string, signal: AbortSignal): Promise<Buffer> => {
    const host = await anyHost(db);
    if (!host) throw new Failure('no_host');
    const response = await askHost(host, sealer, { path: '/print', body: { html }, signal });
    return Buffer.from(await response.arrayBuffer());
  };
