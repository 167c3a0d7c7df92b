import { z } from 'zod';
import { numbers } from '#core/api/numbers.ts';
import { LoginStep, profiles } from '#core/api/profiles.ts';
import { Failure, type FailureCode, failures } from '#core/failure.ts';
import type { Db } from '#sql/database.ts';
import { anyHost, holderOf } from '#sql/leases.ts';
import type { Sealer } from '#sql/sealed.ts';
import type { ProfileRemote } from './profiles.ts';
import type { SnapshotParts } from './snapshots.ts';

type Place = { workspaceId: string; profileId: string };
type Host = { url: string; sealedSecret: Buffer };

/** A login may launch a browser and fill in a form; the worker itself gives up a little earlier. */
const longestMs = 100_000;

/** Where a profile is looked after: the host that holds its lease, else any live one. Throws `no_host`. */
export async function hostFor(db: Db, { workspaceId, profileId }: Place): Promise<Host> {
  const host = (await holderOf(db, workspaceId, profileId)) ?? (await anyHost(db));
  if (!host) throw new Failure('no_host');
  return host;
}

type RemoteParts = { db: Db; sealer: Sealer; screenshot: ProfileRemote['screenshot'] };

/** Asks the worker of a profile over its private address. `screenshot` comes from the live view, which looks at the same page. */
export function createProfileRemote({ db, sealer, screenshot }: RemoteParts): ProfileRemote & Pick<SnapshotParts, 'storageState'> {
  async function ask<T extends z.ZodType>(place: Place, act: { name: string; ask?: unknown; reply: T }, signal: AbortSignal): Promise<z.output<T>> {
    const host = await hostFor(db, place);
    const response = await post(host, sealer, { place, act, signal });
    const body: unknown = await response.json().catch(() => null);
    if (!response.ok) throw failureIn(body);
    return act.reply.parse(body);
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

async function post(
  host: Host,
  sealer: Sealer,
  { place, act, signal }: { place: Place; act: { name: string; ask?: unknown }; signal: AbortSignal },
): Promise<Response> {
  try {
    return await fetch(new URL(`/profiles/${place.profileId}/${act.name}`, host.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${sealer.openText(host.sealedSecret)}` },
      body: JSON.stringify({ workspaceId: place.workspaceId, ask: act.ask }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(longestMs)]),
    });
  } catch (error) {
    signal.throwIfAborted();
    const isLate = error instanceof DOMException && error.name === 'TimeoutError';
    throw new Failure(isLate ? 'timed_out' : 'no_host', undefined, { cause: error });
  }
}

const FailureReply = z.object({ error: z.object({ code: z.string(), message: z.string(), fields: z.record(z.string(), z.string()).optional() }) });

/** A worker answers with codes of the same table; anything else is a bug on its side. */
function failureIn(body: unknown): Failure {
  const read = FailureReply.safeParse(body);
  if (!read.success) return new Failure('broken');
  const { code, message, fields } = read.data.error;
  const isKnown = (name: string): name is FailureCode => name in failures;
  return isKnown(code) ? new Failure(code, message, { fields }) : new Failure('broken', message);
}
