import { type RawBuilder, sql } from 'kysely';
import { getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js';
import type { Trx } from './database.ts';
import { isMeant } from './segment-filter.ts';
import { filtersOf } from './segments.ts';

/** What decides who of a campaign's audience is written to, by which account, in which order. */
export type AudienceAsk = {
  workspaceId: string;
  listIds: readonly string[];
  contactIds: readonly string[];
  /** Claims about a contact `c`: whoever any of them holds for is written to as well. */
  meant?: readonly RawBuilder<boolean>[];
  senderIds: readonly string[];
  /** Variables that the template needs. */
  variables: readonly string[];
  /** Channels that take this only for people who have written to the account within 24 hours. */
  windowed?: readonly string[];
  /** Dialling prefixes of country rules, such as +49 for DE; rules name countries, rows hold numbers. */
  countryPrefixes: Readonly<Record<string, string>>;
  /**
   * Senders take turns with the people of each part of this length: so a plan can be made part by part, and its preview all at once, and
   * both say the same.
   */
  partLength?: number;
};

/** Who of an audience stands where: from 1, in the order of their list. */
export type PlacedPerson = { contact_id: string; place: number };

/** Contacts of lists, segments and single ones, once each, in list order. */
export function peopleOf(ask: AudienceAsk): RawBuilder<PlacedPerson> {
  return sql<PlacedPerson>`
      select contact_id, row_number() over (order by min(position), contact_id) as place from (
        select contact_id, position from list_entries where list_id = any(${[...ask.listIds]}::uuid[])
        union all
        select id, 9223372036854775807 from contacts where id = any(${[...ask.contactIds]}::uuid[])
        ${sql.join(
          (ask.meant ?? []).map((claim) => sql`union all select c.id, 9223372036854775807 from contacts c where ${claim}`),
          sql` `,
        )}
      ) found group by contact_id`;
}

/** Enough that its statement's own cost is small, and so few that a part is written in a second or two. */
export const usualPartLength = 20_000;

/**
 * One snapshot of the audience: contacts of lists and single ones, once each, in list order; the address and the account each would be
 * written to with; and a reason for everyone who is left out. The plan and its preview are this same statement.
 * Right after an import the planner knows nothing about the new rows, and would walk the whole workspace for each person (measured: 8,000
 * people took 30 s). So what is known of people is read once per table by their ids and brought together by grouping; looked up one by one is
 * only what a unique index holds, which needs no statistics.
 */
export function audience(ask: AudienceAsk, people: RawBuilder<PlacedPerson> = peopleOf(ask)): RawBuilder<AudienceRow> {
  const senders = sql.join(ask.senderIds.map((id) => sql`${id}::uuid`));
  const best = sql`k.is_own desc, k.place, al.typed is null, al.position desc`;
  return sql<AudienceRow>`
    with people as materialized (${people}
    ), reach as (
      select a.id, a.channel, k.kind, k.is_own, given.place from unnest(array[${senders}]::uuid[]) with ordinality as given (id, place)
        join accounts a on a.id = given.id
        cross join lateral (values (a.addressed_by, true), (case when a.addressed_by = 'handle' then 'phone' end, false)) k (kind, is_own)
       where k.kind is not null
    ), senders as materialized (
      -- Messengers that go by user names take phone numbers too, but leave them to a sender that goes by these.
      select r.id, r.channel, r.kind, r.is_own, r.place, row_number() over (partition by r.kind order by r.place) - 1 as turn, count(*) over (partition by r.kind) as turns
        from reach r where r.is_own or not exists (select from reach o where o.kind = r.kind and o.is_own)
    ), kinds as (
      select kind, min(place) as place, bool_or(is_own) as is_own from senders group by kind
    ), addresses as (
      select al.contact_id,
             -- All in one order, so that people are sorted once: within one kind, its own turn and place are the same for all.
             (array_agg(al.value order by ${best}) filter (where al.kind = 'phone'))[1] as phone,
             (array_agg(al.value order by ${best}) filter (where al.kind = 'email'))[1] as email,
             (array_agg(al.kind order by ${best}) filter (where k.kind is not null and not g.is_gone))[1] as kind,
             (array_agg(al.value order by ${best}) filter (where k.kind is not null and not g.is_gone))[1] as value,
             bool_or(${hasRule('deny', sql`al.kind`, sql`al.value`)}) as is_denied, bool_or(${hasRule('allow', sql`al.kind`, sql`al.value`)}) as is_allowed,
             bool_or(g.is_gone and al.kind in (select kind from kinds)) as is_gone
        from aliases al cross join lateral (select ${hasRule('gone', sql`al.kind`, sql`al.value`)} as is_gone) g left join kinds k on k.kind = al.kind
       where al.contact_id = any(array(select contact_id from people)) group by al.contact_id
    ), known as (
      select cv.contact_id, s.kind, (array_agg(cv.account_id order by cv.last_message_at desc nulls last))[1] as account_id
        from conversations cv join senders s on s.id = cv.account_id
       where cv.contact_id = any(array(select contact_id from people)) group by cv.contact_id, s.kind
    ), consents as (
      -- A refusal of everything is a suppression, and asked for below.
      select k.contact_id, o.channel, (array_agg(k.state order by k.at desc))[1] as state
        from standing_consents k join (select distinct channel from senders) o on k.channel in ('every', o.channel)
       where k.contact_id = any(array(select contact_id from people)) and k.state in ('given', 'refused', 'asked')
         and (k.state, k.channel, k.purpose) <> ('refused', 'every', 'every') group by k.contact_id, o.channel
    ), facts as (
      select contact_id, min(place) as place, max(name) as name, (array_agg(fields) filter (where fields is not null))[1] as fields,
             max(kind) as kind, max(value) as value, max(phone) as phone, max(email) as email,
             coalesce(bool_or(is_denied), false) as is_denied, coalesce(bool_or(is_allowed), false) as is_allowed, bool_or(is_gone) as is_gone,
             bool_or(is_suppressed) as is_suppressed, coalesce(bool_or(is_reply_only), false) as is_reply_only, jsonb_object_agg(known_kind, known_account) filter (where known_kind is not null) as known,
             jsonb_object_agg(consent_channel, consent) filter (where consent is not null) as consents
        from (
          select p.contact_id, p.place, null as name, null::jsonb as fields, null as kind, null as value, null as phone, null as email,
                 null::boolean as is_denied, null::boolean as is_allowed, null::boolean as is_gone, false as is_suppressed, null::boolean as is_reply_only, null as known_kind, null::uuid as known_account, null as consent_channel, null as consent from people p
          union all
          select id, null, name, fields, null, null, null, null, null, null, null, false, reply_only, null, null, null, null from contacts
           where id = any(array(select contact_id from people))
          union all
          select contact_id, null, null, null, kind, value, phone, email, is_denied, is_allowed, is_gone, false, null, null, null, null, null from addresses
          union all
          select contact_id, null, null, null, null, null, null, null, null, null, null, true, null, null, null, null, null from suppressions
           where lifted_at is null and contact_id = any(array(select contact_id from people))
          union all
          select contact_id, null, null, null, null, null, null, null, null, null, null, false, null, kind, account_id, null, null from known
          union all
          select contact_id, null, null, null, null, null, null, null, null, null, null, false, null, null, null, channel, state from consents
        ) every group by contact_id
    ), addressed as (
      select f.*, row_number() over (partition by part, f.kind order by f.place) - 1 + part as turn,
             jsonb_build_object('first_name', split_part(f.name, ' ', 1))
             || case when f.fields @? '$.* ? (@ == "" || @.type() != "string")'
                     then coalesce((select jsonb_object_agg(key, value) from jsonb_each_text(f.fields) where value <> ''), '{}') else f.fields end
             || jsonb_strip_nulls(jsonb_build_object('name', f.name, 'phone', f.phone, 'email', f.email)) as merge
        -- Who was removed while a plan was made is nobody any more.
        from facts f cross join lateral (select (f.place - 1) / ${sql.lit(ask.partLength ?? usualPartLength)} as part) p where f.name is not null
    ), assigned as materialized (
      select m.*, coalesce((m.known ->> m.kind)::uuid, s.id) as account_id,
             m.is_denied or ${isRuled('deny', ask.countryPrefixes)} as is_refused, m.is_allowed or ${isRuled('allow', ask.countryPrefixes)} as is_let,
             (select coalesce(jsonb_agg(v), '[]') from unnest(${[...ask.variables]}::text[]) v where trim(coalesce(m.merge ->> v, '')) = '') as missing
        from addressed m left join senders s on s.kind = m.kind and s.turn = m.turn % s.turns
    )
    select a.contact_id, a.name, a.kind as address_kind, a.value as address, a.account_id, a.merge, a.missing,
           a.place::int as position,
           case
             when a.is_suppressed or exists (select from channel_refusals r join accounts o on o.channel = r.channel
                                              where r.contact_id = a.contact_id and o.id = a.account_id) then 'suppressed'
             when a.kind is null then case when a.is_gone then 'address_gone' else 'no_address' end
             when a.is_refused then 'denied'
             when not a.is_let and exists (select from address_rules where effect = 'allow') then 'not_allowed'
             when case a.consents ->> ((select jsonb_object_agg(id, channel) from senders) ->> a.account_id::text)
                  when 'given' then false when 'refused' then true when 'asked' then true else a.is_reply_only end then 'no_consent'
             when jsonb_array_length(a.missing) > 0 then 'variables_missing'
             when a.account_id = any(array(select w.id from accounts w where w.channel = any(${[...(ask.windowed ?? [])]}::text[])))
              and not exists (select from conversations v where v.account_id = a.account_id and v.contact_id = a.contact_id
                                 and v.last_incoming_at > now() - interval '24 hours') then 'window_closed'
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

type Asked = Omit<AudienceAsk, 'countryPrefixes' | 'meant'> & { segmentIds?: readonly string[] };

/** Adds what segments mean now, and what country rules mean as prefixes. Countries that share one, such as the US and Canada, are matched together. */
export async function audienceAskOf(trx: Trx, { segmentIds = [], ...ask }: Asked): Promise<AudienceAsk> {
  const countries = await trx.selectFrom('address_rules').select('value').where('kind', '=', 'country').execute();
  const prefixes = countries.flatMap(({ value }) => (isSupportedCountry(value) ? [[value, `+${getCountryCallingCode(value)}`]] : []));
  const filters = segmentIds.length > 0 ? await filtersOf(trx, segmentIds) : [];
  return { ...ask, meant: filters.map((filter) => isMeant(filter, new Date())), countryPrefixes: Object.fromEntries(prefixes) };
}

type Effect = 'allow' | 'deny' | 'gone';

/** Rules name one address, a domain of mail, or a country. */
const hasRule = (effect: Effect, kind: RawBuilder<unknown>, value: RawBuilder<unknown>) =>
  sql<boolean>`exists (select from address_rules r where r.effect = ${sql.lit(effect)} and r.kind = ${kind} and r.value = ${value})`;

function isRuled(effect: Effect, countryPrefixes: AudienceAsk['countryPrefixes']): RawBuilder<boolean> {
  // Of a country without a prefix nothing is known: a null among the patterns would make every answer one.
  return sql<boolean>`(${hasRule(effect, sql`'domain'`, sql`split_part(m.email, '@', 2)`)} or coalesce(m.phone like any (array(
    select (o.prefixes ->> r.value) || '%' from address_rules r cross join (select ${JSON.stringify(countryPrefixes)}::jsonb as prefixes) o
     where r.effect = ${sql.lit(effect)} and r.kind = 'country' and o.prefixes ->> r.value is not null)), false))`;
}

/** How many of an audience get something. */
export async function countPeople(trx: Trx, ask: AudienceAsk): Promise<number> {
  if (ask.senderIds.length === 0) return 0;
  const { rows } = await sql<{ people: number }>`select count(*)::int as people from (${audience(ask)}) who where skip is null`.execute(trx);
  return rows[0]?.people ?? 0;
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
