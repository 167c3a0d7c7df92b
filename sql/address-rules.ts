import { sql } from 'kysely';
import { z } from 'zod';
import { Failure } from '#core/failure.ts';
import type { Trx } from './database.ts';
import { instant } from './instant.ts';
import { Moment, moment, type PageAsk, pageOfRows, readCursor } from './page.ts';
import { skipDeliveries } from './skip-deliveries.ts';
import { brokenUnique } from './unique.ts';

export type RuleEffect = 'allow' | 'deny' | 'gone';
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

/** Newest first. */
export async function listRules(trx: Trx, effect: RuleEffect | undefined, { cursor, limit }: PageAsk) {
  const after = readCursor(cursor, z.tuple([Moment, z.uuid()]));
  const rows = await trx
    .selectFrom('address_rules')
    .selectAll()
    .select(moment('created_at').as('moment'))
    .$if(effect !== undefined, (query) => query.where('effect', '=', effect ?? ''))
    .$if(after !== null, (query) => query.where(sql<boolean>`(created_at, id) < (${after?.[0]}::timestamptz, ${after?.[1]}::uuid)`))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  const page = pageOfRows(rows, limit, (row) => [row.moment, row.id]);
  return { rows: page.rows.map(toRule), next: page.next };
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
  if (effect === 'deny') await skipDeliveries(trx, { workspaceId, reason: 'denied', now }, isOfPerson(rule));
  return toRule(row);
}

/** Nobody is at this address any more: it is passed over, and its person is written to elsewhere. One that was known to be gone stays as it is. */
export async function markGone(trx: Trx, ask: Pick<NewRule, 'workspaceId' | 'kind' | 'value' | 'note'>, now: Date): Promise<void> {
  const { workspaceId, kind, value, note } = ask;
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto('address_rules')
    .values({ workspace_id: workspaceId, effect: 'gone', kind, value, note })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows === 0n) return;
  // By the person first: no index knows addresses of deliveries.
  const isToAddress = sql`${isOfPerson({ kind, value, prefix: null })} and d.address_kind = ${kind} and d.address = ${value}`;
  await skipDeliveries(trx, { workspaceId, reason: 'address_gone', now }, isToAddress);
}

export async function removeRule(trx: Trx, ruleId: string): Promise<void> {
  const { numDeletedRows } = await trx.deleteFrom('address_rules').where('id', '=', ruleId).executeTakeFirst();
  if (numDeletedRows === 0n) throw new Failure('not_found');
}

/** A rule names a person by any address of theirs, not only by the one that is written to. */
function isOfPerson({ kind, value, prefix }: Pick<NewRule, 'kind' | 'value' | 'prefix'>) {
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
    effect: row.effect as RuleEffect, // The table's check allows no other.
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
