import { type RawBuilder, sql } from 'kysely';
import type { Condition, Filter } from '#core/segment.ts';

type Claim = RawBuilder<boolean>;
const claim = (strings: TemplateStringsArray, ...values: unknown[]): Claim => sql<boolean>(strings, ...values);
const not = (one: Claim): Claim => claim`not (${one})`;
const unless = (isTurned: boolean, one: Claim): Claim => (isTurned ? not(one) : one);

/** Who of the contacts `c` a filter means. Whatever is in it goes to the database as a parameter, never as text of the statement. */
export function isMeant({ match, conditions }: Filter, now: Date): Claim {
  const claims = conditions.map((one) => ('match' in one ? isMeant(one, now) : claimOf(one, now)));
  if (match === 'none') return not(claim`(${sql.join(claims, sql` or `)})`);
  return claim`(${sql.join(claims, match === 'all' ? sql` and ` : sql` or `)})`;
}

function claimOf(one: Condition, now: Date): Claim {
  if (one.of === 'name') return unless(one.is === 'unlike', claim`position(lower(${one.value}) in lower(c.name)) > 0`);
  if (one.of === 'address')
    return unless(one.is === 'unknown', claim`exists (select from aliases al where al.contact_id = c.id and al.kind = ${one.kind})`);
  if (one.of === 'mail_domain')
    return unless(
      one.is === 'not_at',
      claim`exists (select from aliases al where al.contact_id = c.id and al.kind = 'email' and split_part(al.value, '@', 2) = ${one.value})`,
    );
  if (one.of === 'field') return fieldClaim(one);
  if (one.of === 'list')
    return unless(one.is === 'off', claim`exists (select from list_entries e where e.contact_id = c.id and e.list_id = ${one.id})`);
  if (one.of === 'label')
    return unless(
      one.is === 'without',
      claim`exists (select from conversations v join conversation_labels l on l.conversation_id = v.id where v.contact_id = c.id and l.label_id = ${one.id})`,
    );
  if (one.of === 'channel')
    return unless(
      one.is === 'unused',
      claim`exists (select from conversations v join accounts a on a.id = v.account_id where v.contact_id = c.id and a.channel = ${one.channel})`,
    );
  if (one.of === 'consent') return consentClaim(one.is);
  if (one.of === 'campaign') return campaignClaim(one);
  return timeClaim(one, now);
}

type OfField = Extract<Condition, { of: 'field' }>;

function fieldClaim({ field, is, value }: OfField): Claim {
  const kept = sql<string>`coalesce(c.fields ->> ${field}, '')`;
  if (is === 'known' || is === 'unknown') return unless(is === 'unknown', claim`${kept} <> ''`);
  if (is === 'equal' || is === 'different') return unless(is === 'different', claim`lower(${kept}) = lower(${value})`);
  if (is === 'like' || is === 'unlike') return unless(is === 'unlike', claim`position(lower(${value}) in lower(${kept})) > 0`);
  const number = Number(value);
  const isNumber = value.trim() !== '' && Number.isFinite(number);
  // Only what has the shape of a number is read as one; days sort as they are written.
  const side = isNumber ? sql`case when ${kept} ~ '^-?[0-9]{1,15}(\\.[0-9]{1,9})?$' then (${kept})::numeric end` : sql`nullif(${kept}, '')`;
  const other = isNumber ? sql`${number}::numeric` : sql`${value}::text`;
  return is === 'above' ? claim`coalesce(${side} > ${other}, false)` : claim`coalesce(${side} < ${other}, false)`;
}

function consentClaim(is: Extract<Condition, { of: 'consent' }>['is']): Claim {
  const suppressed = claim`exists (select from suppressions s where s.contact_id = c.id and s.lifted_at is null)`;
  if (is === 'suppressed' || is === 'not_suppressed') return unless(is === 'not_suppressed', suppressed);
  if (is === 'reply_only')
    return claim`(c.reply_only and not exists (select from standing_consents k where k.contact_id = c.id and k.state = 'given'))`;
  if (is === 'unstated') return claim`not exists (select from standing_consents k where k.contact_id = c.id)`;
  return claim`exists (select from standing_consents k where k.contact_id = c.id and k.state = ${is})`;
}

function campaignClaim({ is, id }: Extract<Condition, { of: 'campaign' }>): Claim {
  const ofIt = sql`select from deliveries d where d.contact_id = c.id and d.campaign_id = ${id}`;
  if (is === 'failed') return claim`exists (${ofIt} and d.state = 'failed')`;
  if (is === 'got' || is === 'not_got') return unless(is === 'not_got', claim`exists (${ofIt} and d.state in ('sent', 'delivered', 'read'))`);
  if (is === 'read' || is === 'not_read') return unless(is === 'not_read', claim`exists (${ofIt} and d.state = 'read')`);
  const answered = claim`exists (${ofIt} and d.state in ('sent', 'delivered', 'read')
    and exists (select from conversations v where v.contact_id = c.id and v.account_id = d.account_id and v.last_incoming_at > d.sent_at))`;
  return unless(is === 'not_answered', answered);
}

const dayMs = 86_400_000;

function timeClaim({ of, is, days }: Extract<Condition, { of: 'heard' | 'written' | 'added' }>, now: Date): Claim {
  const from = new Date(now.getTime() - days * dayMs);
  if (of === 'added') return unless(is === 'not_within', claim`c.created_at >= ${from}`);
  const then =
    of === 'heard'
      ? claim`exists (select from conversations v where v.contact_id = c.id and v.last_incoming_at >= ${from})`
      : claim`exists (select from deliveries d where d.contact_id = c.id and d.sent_at >= ${from})`;
  return unless(is === 'not_within', then);
}
