import { type RawBuilder, sql } from 'kysely';
import { getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js';
import type { Trx } from './database.ts';

/** What decides who of a campaign's audience is written to, by which account, in which order. */
export type AudienceAsk = {
  workspaceId: string;
  listIds: readonly string[];
  contactIds: readonly string[];
  senderIds: readonly string[];
  /** Variables that the template needs. */
  variables: readonly string[];
  /** Dialling prefixes of country rules, such as +49 for DE; rules name countries, rows hold numbers. */
  countryPrefixes: Readonly<Record<string, string>>;
};

/**
 * One snapshot of the audience: contacts of lists and single ones, once each, in list order; the address and the account each would be
 * written to with; and a reason for everyone who is left out. The plan and its preview are this same statement.
 */
export function audience(ask: AudienceAsk): RawBuilder<AudienceRow> {
  const senders = sql.join(ask.senderIds.map((id) => sql`${id}::uuid`));
  return sql<AudienceRow>`
    with people as (
      select contact_id, min(position) as position from (
        select contact_id, position from list_entries where list_id = any(${[...ask.listIds]}::uuid[])
        union all
        select id, 9223372036854775807 from contacts where id = any(${[...ask.contactIds]}::uuid[])
      ) found group by contact_id
    ), senders as (
      select a.id, a.addressed_by, given.place, row_number() over (partition by a.addressed_by order by given.place) - 1 as turn,
             count(*) over (partition by a.addressed_by) as turns
        from unnest(array[${senders}]::uuid[]) with ordinality as given (id, place) join accounts a on a.id = given.id
    ), kinds as (
      select addressed_by as kind, min(place) as place from senders group by addressed_by
    ), addressed as (
      select p.contact_id, p.position, c.name, c.fields, chosen.kind, chosen.value,
             (select al.value from aliases al where al.contact_id = c.id and al.kind = 'phone' order by al.typed is null, al.position desc limit 1) as phone,
             (select al.value from aliases al where al.contact_id = c.id and al.kind = 'email' order by al.typed is null, al.position desc limit 1) as email,
             row_number() over (partition by chosen.kind order by p.position, p.contact_id) - 1 as turn
        from people p join contacts c on c.id = p.contact_id
        left join lateral (
          select al.kind, al.value from aliases al join kinds k on k.kind = al.kind
           where al.contact_id = c.id order by k.place, al.typed is null, al.position desc limit 1) chosen on true
    ), merged as (
      select ad.*, jsonb_build_object('first_name', split_part(ad.name, ' ', 1))
             || coalesce((select jsonb_object_agg(key, value) from jsonb_each_text(ad.fields) where value <> ''), '{}')
             || jsonb_strip_nulls(jsonb_build_object('name', ad.name, 'phone', ad.phone, 'email', ad.email)) as merge
        from addressed ad
    ), assigned as (
      select m.*, coalesce(known.account_id, s.id) as account_id,
             (select coalesce(jsonb_agg(v), '[]') from unnest(${[...ask.variables]}::text[]) v where trim(coalesce(m.merge ->> v, '')) = '') as missing
        from merged m
        left join lateral (
          select cv.account_id from conversations cv join senders on senders.id = cv.account_id
           where cv.contact_id = m.contact_id and senders.addressed_by = m.kind order by cv.last_message_at desc nulls last limit 1) known on true
        left join senders s on s.addressed_by = m.kind and s.turn = m.turn % s.turns
    ), rules as (
      select effect, kind, value from address_rules
    )
    select a.contact_id, a.name, a.kind as address_kind, a.value as address, a.account_id, a.merge, a.missing,
           row_number() over (order by a.position, a.contact_id)::int as position,
           case
             when exists (select from suppressions s where s.contact_id = a.contact_id and s.lifted_at is null) then 'suppressed'
             when a.kind is null then 'no_address'
             when exists (select from rules r where r.effect = 'deny' and ${matches(ask.countryPrefixes)}) then 'denied'
             when exists (select from rules where effect = 'allow') and not exists (select from rules r where r.effect = 'allow' and ${matches(ask.countryPrefixes)}) then 'not_allowed'
             when jsonb_array_length(a.missing) > 0 then 'variables_missing'
           end as skip
      from assigned a`;
}

export type AudienceRow = {
  contact_id: string;
  name: string;
  address_kind: string | null;
  address: string | null;
  account_id: string | null;
  merge: Record<string, unknown>;
  missing: string[];
  position: number;
  skip: string | null;
};

/** Adds what country rules mean as prefixes. Countries that share one, such as the US and Canada, are matched together. */
export async function audienceAskOf(trx: Trx, ask: Omit<AudienceAsk, 'countryPrefixes'>): Promise<AudienceAsk> {
  const countries = await trx.selectFrom('address_rules').select('value').where('kind', '=', 'country').execute();
  const prefixes = countries.flatMap(({ value }) => (isSupportedCountry(value) ? [[value, `+${getCountryCallingCode(value)}`]] : []));
  return { ...ask, countryPrefixes: Object.fromEntries(prefixes) };
}

function matches(countryPrefixes: AudienceAsk['countryPrefixes']): RawBuilder<boolean> {
  return sql<boolean>`(
    r.kind in ('phone', 'email', 'handle') and exists (select from aliases al where al.contact_id = a.contact_id and al.kind = r.kind and al.value = r.value)
    or r.kind = 'domain' and split_part(a.email, '@', 2) = r.value
    or r.kind = 'country' and a.phone like (${JSON.stringify(countryPrefixes)}::jsonb ->> r.value) || '%')`;
}

/** The head of the audience, with texts still to be rendered, and the counts of those who are left out. */
export async function previewAudience(trx: Trx, ask: AudienceAsk, page: { after: number; limit: number }) {
  const rows =
    await sql<AudienceRow>`select * from (${audience(ask)}) who where position > ${page.after} order by position limit ${page.limit}`.execute(trx);
  const counts = await sql<{
    skip: string | null;
    people: number;
  }>`select skip, count(*)::int as people from (${audience(ask)}) who group by skip`.execute(trx);
  return { rows: rows.rows, counts: counts.rows };
}
