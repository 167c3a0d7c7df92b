import { sql } from 'kysely';
import { Failure } from '#core/failure.ts';
import type { Trx } from './database.ts';
import { instant } from './instant.ts';
import { skipDeliveries } from './skip-deliveries.ts';
import { brokenUnique } from './unique.ts';

export type RuleKind = 'phone' | 'email' | 'domain' | 'country' | 'handle';
export type NewRule = {
  workspaceId: string;
  effect: 'allow' | 'deny';
  kind: RuleKind;
  /** In the form in which addresses are stored; a country by its two letters. */
  value: string;
  note: string;
  /** For a country: how its numbers begin, such as +49. */
  prefix: string | null;
};

export async function listRules(trx: Trx, effect: 'allow' | 'deny' | undefined) {
  const rows = await trx
    .selectFrom('address_rules')
    .selectAll()
    .$if(effect !== undefined, (query) => query.where('effect', '=', effect ?? ''))
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .execute();
  return rows.map((row) => toRule(row));
}

/** A new deny rule also reaches what is planned already. Throws `already_exists`. */
export async function addRule(trx: Trx, rule: NewRule, now: Date) {
  const { workspaceId, effect, kind, value, note } = rule;
  const row = await trx
    .insertInto('address_rules')
    .values({ workspace_id: workspaceId, effect, kind, value, note })
    .returningAll()
    .executeTakeFirstOrThrow()
    .catch(sameRule);
  if (effect === 'deny') await skipDeliveries(trx, { workspaceId, reason: 'denied', now }, matches(rule));
  return toRule(row);
}

/** Nobody writes to this address from here on, whatever else leads to its person. A rule that says so already stays as it is. */
export async function denyAddress(trx: Trx, ask: Pick<NewRule, 'workspaceId' | 'kind' | 'value' | 'note'>, now: Date): Promise<void> {
  const rule: NewRule = { ...ask, effect: 'deny', prefix: null };
  const { workspaceId, effect, kind, value, note } = rule;
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto('address_rules')
    .values({ workspace_id: workspaceId, effect, kind, value, note })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows === 1n) await skipDeliveries(trx, { workspaceId, reason: 'denied', now }, matches(rule));
}

export async function removeRule(trx: Trx, ruleId: string): Promise<void> {
  const { numDeletedRows } = await trx.deleteFrom('address_rules').where('id', '=', ruleId).executeTakeFirst();
  if (numDeletedRows === 0n) throw new Failure('not_found');
}

/** A rule names a person by any address of theirs, not only by the one that is written to. */
function matches({ kind, value, prefix }: NewRule) {
  const named = {
    phone: sql`al.kind = 'phone' and al.value = ${value}`,
    email: sql`al.kind = 'email' and al.value = ${value}`,
    handle: sql`al.kind = 'handle' and al.value = ${value}`,
    domain: sql`al.kind = 'email' and split_part(al.value, '@', 2) = ${value}`,
    country: sql`al.kind = 'phone' and starts_with(al.value, ${prefix ?? '-'})`,
  }[kind];
  return sql`exists (select from aliases al where al.contact_id = d.contact_id and ${named})`;
}

function toRule(row: { id: string; effect: string; kind: string; value: string; note: string; created_at: Date }) {
  return {
    id: row.id,
    effect: row.effect as 'allow' | 'deny', // The table's check allows no other.
    kind: row.kind as RuleKind, // The table's check allows no other.
    value: row.value,
    note: row.note,
    createdAt: instant(row.created_at),
  };
}

function sameRule(error: unknown): never {
  if (brokenUnique(error))
    throw new Failure('already_exists', 'This rule exists already.', { cause: error, fields: { value: 'has this rule already' } });
  throw error;
}
