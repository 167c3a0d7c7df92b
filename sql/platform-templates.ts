import { sql } from 'kysely';
import type { Trx } from './database.ts';
import { instant } from './instant.ts';

/** A template as the platform lists it. */
export type ListedTemplate = {
  externalId: string;
  name: string;
  language: string;
  category: string;
  status: string;
  reason: string | null;
  /** GREEN, YELLOW, RED; null: nothing is known yet. */
  quality: string | null;
  components: readonly object[];
};
type Place = { workspaceId: string; businessId: string };

export async function listPlatformTemplates(trx: Trx, businessId: string) {
  const rows = await trx
    .selectFrom('platform_templates')
    .selectAll()
    .where('business_id', '=', businessId)
    .orderBy('name')
    .orderBy('language')
    .execute();
  return rows.map((row) => ({
    externalId: row.external_id,
    name: row.name,
    language: row.language,
    category: row.category,
    status: row.status,
    reason: row.reason,
    quality: row.quality,
    // Written by `keepTemplates` alone, which parsed it.
    components: row.components as Record<string, unknown>[],
    syncedAt: instant(row.synced_at),
  }));
}

/** What the platform has now; with `isAll` the others are gone there. */
export async function keepTemplates(
  trx: Trx,
  { workspaceId, businessId }: Place,
  ask: { templates: readonly ListedTemplate[]; isAll: boolean; now: Date },
): Promise<void> {
  await sql`
    insert into platform_templates as t (workspace_id, business_id, external_id, name, language, category, status, reason, quality, components, synced_at)
    select distinct on (o."externalId") ${workspaceId}, ${businessId}, o."externalId", o.name, o.language, o.category, o.status, o.reason, o.quality, o.components, ${ask.now}
      from jsonb_to_recordset(${JSON.stringify(ask.templates)}::jsonb)
        as o ("externalId" text, name text, language text, category text, status text, reason text, quality text, components jsonb)
    on conflict (workspace_id, business_id, external_id) do update set name = excluded.name, language = excluded.language, category = excluded.category,
      status = excluded.status, reason = excluded.reason, quality = coalesce(excluded.quality, t.quality), components = excluded.components, synced_at = excluded.synced_at`.execute(
    trx,
  );
  if (!ask.isAll) return;
  const ids = ask.templates.map(({ externalId }) => externalId);
  await sql`delete from platform_templates where business_id = ${businessId} and external_id <> all(${ids}::text[])`.execute(trx);
}

type Told = { status: string; reason: string | null } | { quality: string } | { category: string };

/** What a webhook says of one; what nobody has listed yet comes with the next sync. */
export async function changeTemplate(trx: Trx, { businessId, externalId }: { businessId: string; externalId: string }, told: Told): Promise<void> {
  await trx.updateTable('platform_templates').set(told).where('business_id', '=', businessId).where('external_id', '=', externalId).execute();
}

export async function dropTemplates(trx: Trx, { businessId, name }: { businessId: string; name: string }): Promise<void> {
  await sql`delete from platform_templates where business_id = ${businessId} and name = ${name}`.execute(trx);
}

/** The template of this account's business, or why there is none to compare with: nothing was listed so far. */
export async function findTemplate(
  trx: Trx,
  { accountId, name, language }: { accountId: string; name: string; language: string },
): Promise<{ isListed: boolean; template: { status: string; components: Record<string, unknown>[] } | null }> {
  const { rows } = await sql<{ status: string; components: Record<string, unknown>[]; fits: boolean }>`
    select t.status, t.components, t.name = ${name} and t.language = ${language} as fits from platform_accounts p
      join platform_templates t on t.business_id = p.business_id where p.account_id = ${accountId} order by fits desc limit 1`.execute(trx);
  const [row] = rows;
  return { isListed: row !== undefined, template: row?.fits ? row : null };
}
