import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { Fields } from '#core/api/profiles.ts';
import { Failure } from '#core/failure.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { acquireLease, releaseLease } from '#sql/leases.ts';
import { addProfile, readProfile, removeProfile } from '#sql/profiles.ts';
import type { Sealer } from '#sql/sealed.ts';
import { newestSnapshot, readSnapshot, type SnapshotPlace, writeSnapshot } from '#sql/snapshots.ts';
import type { Blob, Handlers } from './handler.ts';
import type { PackCard } from './packs.ts';
import { type ProfilePlace, packNamed } from './profiles.ts';
import { openFile, sealFile } from './sealed-file.ts';

export type SnapshotParts = {
  db: Db;
  sealer: Sealer;
  packs: readonly PackCard[];
  /** What the open browser of a profile holds. */
  storageState: (place: ProfilePlace, signal: AbortSignal) => Promise<unknown>;
  now: () => Date;
};

/** What travels beside the session. Proxies and remembered passwords do not: they belong to the place, not to the profile. */
const Settings = Fields.pick({
  name: true,
  channel: true,
  group: true,
  tags: true,
  notes: true,
  baseUrl: true,
  locale: true,
  zone: true,
  stealth: true,
  pace: true,
  ceilings: true,
});
const Head = z.object({ is: z.literal('profile'), version: z.literal(1), settings: Settings });

/** Profiles as files, and what their browsers hold. Each of these is written to the audit. */
export const snapshotHandlers = ({ db, sealer, packs, storageState, now }: SnapshotParts) =>
  ({
    async exportProfile({ params, body, caller, transaction }): Promise<Blob> {
      const place: SnapshotPlace = { workspaceId: caller.workspaceId, accountId: params.id };
      const { settings, generation } = await transaction(async (trx) => {
        const profile = await readProfile(trx, params.id, now());
        const row = await trx.selectFrom('profiles').select('opened_in').where('account_id', '=', params.id).executeTakeFirst();
        const snapshot = await newestSnapshot(trx, params.id);
        if (profile.wanted === 'running' || profile.state !== 'stopped' || row?.opened_in || !snapshot)
          throw new Failure(
            'wrong_state',
            snapshot ? 'Stop the profile first: its login is complete only then.' : 'This profile has no kept login yet.',
          );
        return { settings: profile, generation: snapshot.generation };
      });
      const head: z.input<typeof Head> = { is: 'profile', version: 1, settings: Settings.parse(pickSettings(settings)) };
      return fileOf(withHead(head, readSnapshot(db, place, { generation, sealer })), body.passphrase);
    },
    async importProfile({ body, file, caller, transaction }) {
      if (!file) throw new Failure('invalid_input', 'Send the exported file.', { fields: { file: 'is missing' } });
      const parts = openFile(file.content, body.passphrase);
      const { settings } = headIn((await parts.next()).value);
      const pack = packNamed(packs, settings.channel);
      const { workspaceId } = caller;
      const accountId = await transaction((trx) =>
        addProfile(trx, workspaceId, {
          ...settings,
          name: body.name ?? settings.name,
          baseUrl: settings.baseUrl ?? pack.baseUrl,
          addressedBy: pack.addressedBy,
          proxyId: body.proxyId,
        }),
      );
      try {
        await storeSession(db, { workspaceId, accountId }, { parts, sealer });
      } catch (error) {
        await inWorkspace(db, workspaceId, (trx) => removeProfile(trx, { workspaceId, profileId: accountId }));
        throw error;
      }
      return transaction((trx) => readProfile(trx, accountId, now()));
    },
    async exportStorageState({ params, body, caller, transaction, signal }): Promise<Blob> {
      await transaction((trx) => readProfile(trx, params.id, now()));
      const state = await storageState({ workspaceId: caller.workspaceId, profileId: params.id }, signal);
      return fileOf(inParts(Buffer.from(JSON.stringify(state))), body.passphrase);
    },
  }) satisfies Partial<Handlers>;

type Kept = z.input<typeof Settings>;
const pickSettings = ({ name, channel, group, tags, notes, baseUrl, locale, zone, stealth, pace, ceilings }: Kept): Kept => ({
  name,
  channel,
  group,
  tags,
  notes,
  baseUrl,
  locale,
  zone,
  stealth,
  pace,
  ceilings,
});

function fileOf(parts: AsyncIterable<Buffer>, passphrase: string): Blob {
  return { contentType: 'application/octet-stream', content: Readable.from(sealFile(parts, passphrase), { objectMode: false }) };
}

async function* withHead(head: object, parts: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield Buffer.from(JSON.stringify(head));
  yield* parts;
}

async function* inParts(whole: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < whole.length; at += 1024 * 1024) yield whole.subarray(at, at + 1024 * 1024);
}

function headIn(part: Buffer | undefined): z.output<typeof Head> {
  const read = Head.safeParse(part ? JSON.parse(part.toString('utf8')) : null);
  if (!read.success) throw new Failure('unsupported_format', 'This file holds no profile.', { cause: read.error });
  return read.data;
}

/** Under a lease of its own, like any host: no worker opens the profile before its login is there. */
async function storeSession(db: Db, place: SnapshotPlace, { parts, sealer }: { parts: AsyncIterable<Buffer>; sealer: Sealer }): Promise<void> {
  const hostId = randomUUID();
  const lease = await acquireLease(db, { ...place, hostId });
  if (!lease) throw new Failure('busy');
  const writer = { ...place, hostId, fence: lease.fence };
  try {
    let plainBytes = 0;
    const chunks: Buffer[] = [];
    for await (const part of parts) {
      plainBytes += part.length;
      chunks.push(part);
    }
    await writeSnapshot(db, writer, { chunks: Readable.from(chunks), plainBytes, sealer, stays: false });
  } finally {
    await releaseLease(db, writer);
  }
}
