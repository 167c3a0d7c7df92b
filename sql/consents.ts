import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { Consent } from '#core/api/consents.ts';
import type { ConsentPurpose, ConsentSource, ConsentState } from '#core/consent.ts';
import type { Trx } from './database.ts';
import { instant } from './instant.ts';
import { Moment, moment, type PageAsk, pageOfRows, readCursor } from './page.ts';

export type NewConsent = {
  workspaceId: string;
  contactIds: readonly string[];
  /** Absent: every channel, every purpose. */
  channel?: string;
  purpose?: ConsentPurpose;
  state: ConsentState;
  source: ConsentSource;
  /** What shows it: an id or a note, never the text of a message. */
  evidence: string;
  personId?: string | null;
  until?: Date | null;
  at: Date;
};

/** Writes into the ledger what somebody said; what stands by then is kept by the same statement. Saying the same again at the same time adds nothing. */
export async function recordConsents(trx: Trx, one: NewConsent): Promise<void> {
  if (one.contactIds.length === 0) return;
  await sql`
    insert into consents (workspace_id, contact_id, channel, purpose, state, source, evidence, person_id, until, at)
    select ${one.workspaceId}, contact_id, ${one.channel ?? 'every'}, ${one.purpose ?? 'every'}, ${one.state}, ${one.source}, ${one.evidence.slice(0, 1000)},
           ${one.personId ?? null}, ${one.until ?? null}, ${one.at} from unnest(${[...one.contactIds]}::uuid[]) contact_id
    on conflict do nothing`.execute(trx);
}

/** Of the ledger `k` what this person has said, and whoever was merged into them, and whom they came out of, with all that were merged into those, until then. */
export function isOfLedger(contactId: string): RawBuilder<boolean> {
  const whose = sql`(
    with own as (select ${contactId}::uuid as id union all select contact_id from merged_contacts where into_id = ${contactId}),
         from_whom as (select s.from_id, s.recorded_at from split_contacts s join own on own.id = s.contact_id)
    select id, 'infinity'::timestamptz as until from own
    union all select from_id, recorded_at from from_whom
    union all select m.contact_id, o.recorded_at from from_whom o join merged_contacts m on m.into_id = o.from_id
               join merges g on g.other_id = m.contact_id and g.kind = 'merge' and g.undone_at is null and g.recorded_at <= o.recorded_at) w`;
  // By their ids first: of a ledger of millions nothing else is read.
  return sql<boolean>`k.contact_id = any(array(select id from ${whose})) and k.recorded_at <= (select max(until) from ${whose} where w.id = k.contact_id)`;
}

/** Everything a person has said, and whoever was merged into them, and whom they came out of until then; newest first. */
export async function listConsents(trx: Trx, { contactId, cursor, limit }: { contactId: string } & PageAsk) {
  const after = readCursor(cursor, z.tuple([Moment, z.string()]));
  const { rows } = await sql<Row>`
    select k.id::text as id, k.channel, k.purpose, k.state, k.source, k.evidence, k.until, k.at, k.recorded_at, p.username as person, ${moment('k.at')} as moment
      from consents k left join people p on p.id = k.person_id
     where ${isOfLedger(contactId)} and (${after?.[0] ?? null}::timestamptz is null or (k.at, k.id) < (${after?.[0] ?? null}::timestamptz, ${after?.[1] ?? null}::bigint))
     order by k.at desc, k.id desc limit ${limit + 1}`.execute(trx);
  const page = pageOfRows(rows, limit, (row) => [row.moment, row.id]);
  return { rows: page.rows.map(toConsent), next: page.next };
}

type Row = {
  id: string;
  channel: string;
  purpose: string;
  state: string;
  source: string;
  evidence: string;
  until: Date | null;
  at: Date;
  recorded_at: Date;
  person: string | null;
  moment: string;
};

function toConsent(row: Row): z.output<typeof Consent> {
  return {
    id: row.id,
    channel: row.channel,
    // The table's checks allow no other.
    purpose: row.purpose as ConsentPurpose,
    state: row.state as ConsentState,
    source: row.source as ConsentSource,
    evidence: row.evidence,
    person: row.person,
    until: instant(row.until),
    at: instant(row.at),
    recordedAt: instant(row.recorded_at),
  };
}
