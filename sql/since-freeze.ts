import { sql } from 'kysely';
import type { z } from 'zod';
import type { SinceFreeze } from '#core/api/since-freeze.ts';
import { type AudienceAsk, type AudienceRow, audience, type PlacedPerson, peopleOf } from './audience.ts';
import type { Trx } from './database.ts';

type SinceFreezeReply = z.output<typeof SinceFreeze>;
type Row = { change: SinceFreezeReply['rows'][number]['change']; contact_id: string; name: string; people: number };

/** People that are named of each kind of change; the others are counted. */
const named = 20;

/**
 * Who of the audience came, went or became another since its campaign was frozen: what is sent stays what it was. People and what is known
 * of them are compared with the deliveries; only who was changed lately is resolved anew.
 */
export async function peopleSinceFreeze(
  trx: Trx,
  campaignId: string,
  ask: AudienceAsk,
): Promise<Pick<SinceFreezeReply, 'added' | 'gone' | 'changed' | 'rows'>> {
  const touched = sql<PlacedPerson>`select contact_id, row_number() over (order by contact_id) as place from touched`;
  const { rows } = await sql<Row>`
    with audience_now as materialized (${peopleOf(ask)}),
    frozen as materialized (
      select contact_id, name, address, merge, created_at from deliveries where campaign_id = ${campaignId} and contact_id is not null
    ), touched as materialized (
      -- Whoever was changed while the plan was made may be in it as they were: what they are now tells.
      select f.contact_id from frozen f join audience_now n on n.contact_id = f.contact_id join contacts c on c.id = f.contact_id
       where c.updated_at > f.created_at - interval '5 minutes'
    ), changes as (
      select 'added' as change, c.id as contact_id, c.name from audience_now n join contacts c on c.id = n.contact_id
       where not exists (select from frozen f where f.contact_id = n.contact_id)
      union all
      select 'gone', f.contact_id, f.name from frozen f where not exists (select from audience_now n where n.contact_id = f.contact_id)
      union all
      select 'changed', f.contact_id, f.name from frozen f join (${audience(ask, touched)}) who on who.contact_id = f.contact_id
       where (who.name, who.address, who.merge) is distinct from (f.name, f.address, f.merge)
    )
    select change, contact_id, name, people from (
      select *, count(*) over (partition by change)::int as people, row_number() over (partition by change order by name, contact_id) as nth from changes
    ) numbered where nth <= ${named} order by change, nth`.execute(trx);
  const peopleOfKind = (change: Row['change']) => rows.find((row) => row.change === change)?.people ?? 0;
  return {
    added: peopleOfKind('added'),
    gone: peopleOfKind('gone'),
    changed: peopleOfKind('changed'),
    rows: rows.map((row) => ({ contactId: row.contact_id, name: row.name, change: row.change })),
  };
}

/** Whether the template that a campaign was frozen with says something else by now. */
export async function isTemplateChanged(trx: Trx, campaignId: string): Promise<boolean> {
  const { rows } = await sql<{ is_changed: boolean }>`
    select coalesce(t.version <> v.version, true) as is_changed from campaigns k join template_versions v on v.id = k.template_version_id
      left join templates t on t.id = v.template_id where k.id = ${campaignId}`.execute(trx);
  return rows[0]?.is_changed ?? false;
}

/** The audience of a campaign as it was frozen, in its order, with what its texts are made of; whoever was erased since is nobody any more. */
export async function frozenAudience(trx: Trx, campaignId: string, page: { after: number; limit: number }) {
  const skip = sql`case when state = 'skipped' then reason end`;
  const known = sql`from deliveries where campaign_id = ${campaignId} and contact_id is not null`;
  const { rows } = await sql<AudienceRow>`
    select contact_id, name, address_kind, address, account_id, merge, '[]'::jsonb as missing, position, ${skip} as skip ${known}
       and position > ${page.after} order by position limit ${page.limit}`.execute(trx);
  const counts = await sql<{ skip: string | null; people: number }>`select ${skip} as skip, count(*)::int as people ${known} group by 1`.execute(trx);
  return { rows, counts: counts.rows };
}
