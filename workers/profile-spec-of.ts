import type { ProfileProxy, ProfileSpec } from '#browser-profiles/profile-spec.ts';
import { buildProxyUrl } from '#browser-profiles/proxy-url.ts';
import { Failure } from '#core/failure.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { type ProfileRow, readProfileRow } from '#sql/profile-access.ts';
import type { Sealer } from '#sql/sealed.ts';

export type ProfileRef = { workspaceId: string; accountId: string };

/** Reads a profile as it stands now. Throws `not_found` when it is gone. */
export async function readProfile(db: Db, ref: ProfileRef): Promise<ProfileRow> {
  const row = await inWorkspace(db, ref.workspaceId, (trx) => readProfileRow(trx, ref.accountId));
  if (!row) throw new Failure('not_found', 'The profile does not exist any more.');
  return row;
}

export function specOf(row: ProfileRow, sealer: Sealer): ProfileSpec {
  return {
    id: row.accountId,
    workspaceId: row.workspaceId,
    pack: row.channel,
    baseUrl: row.baseUrl,
    locale: row.locale,
    zone: row.zone,
    stealth: row.stealth,
    proxy: proxyOf(row, sealer),
  };
}

/** A profile that goes through a proxy never goes without: a row that is gone is `missing`, not `direct`. */
function proxyOf(row: ProfileRow, sealer: Sealer): ProfileProxy {
  if (row.goesOut === 'direct') return { is: 'direct' };
  if (!row.proxy) return { is: 'missing' };
  const { id, sealedPassword, ...parts } = row.proxy;
  return { is: 'proxy', id, url: buildProxyUrl({ ...parts, password: sealedPassword ? sealer.openText(sealedPassword) : null }) };
}
