import { type Selectable, sql } from 'kysely';
import type { z } from 'zod';
import type { AutomationRule, LabelWords, Macro } from '#core/api/automation.ts';
import { type Act, Acts, Conditions, Trigger } from '#core/automation.ts';
import { Failure } from '#core/failure.ts';
import { nextTime } from '#core/match-rule.ts';
import type { Trx } from './database.ts';
import { recordEvent } from './events.ts';
import { instant } from './instant.ts';
import type { AutomationRules, Macros } from './tables.ts';
import { brokenUnique } from './unique.ts';
import { readWorkspace } from './workspace.ts';

type RuleReply = z.output<typeof AutomationRule>;
type MacroReply = z.output<typeof Macro>;
type RuleFields = Pick<RuleReply, 'name' | 'isOn' | 'trigger' | 'conditions' | 'acts'>;
type Place = { workspaceId: string; id: string };

/** A workspace is asked about each of them at each message. */
const mostRules = 200;

/** In the order in which they are asked. */
export async function listRules(trx: Trx): Promise<RuleReply[]> {
  return (await trx.selectFrom('automation_rules').selectAll().orderBy('position').orderBy('id').execute()).map(toRule);
}

export async function readRule(trx: Trx, id: string): Promise<RuleReply> {
  const row = await trx.selectFrom('automation_rules').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) throw new Failure('not_found');
  return toRule(row);
}

/** The last to be asked. */
export async function addRule(trx: Trx, workspaceId: string, fields: RuleFields, now: Date): Promise<RuleReply> {
  const { rows } = await sql<{
    count: number;
    last: number;
  }>`select count(*)::int as count, coalesce(max(position), 0)::int as last from automation_rules`.execute(trx);
  const { count = 0, last = 0 } = rows[0] ?? {};
  if (count >= mostRules) throw new Failure('wrong_state', `There can be ${mostRules} rules at most. Remove one first.`);
  const { id } = await trx
    .insertInto('automation_rules')
    .values({ workspace_id: workspaceId, position: last + 1, ...(await columnsOf(trx, fields, now)) })
    .returning('id')
    .executeTakeFirstOrThrow();
  return settle(trx, { workspaceId, id });
}

export async function changeRule(trx: Trx, place: Place, change: Partial<RuleFields>, now: Date): Promise<RuleReply> {
  const before = await readRule(trx, place.id);
  const columns = await columnsOf(trx, { ...before, ...change }, now);
  await trx
    .updateTable('automation_rules')
    .set({ ...columns, updated_at: sql<Date>`now()` })
    .where('id', '=', place.id)
    .execute();
  return settle(trx, place);
}

export async function removeRule(trx: Trx, { workspaceId, id }: Place): Promise<void> {
  const { numDeletedRows } = await trx.deleteFrom('automation_rules').where('id', '=', id).executeTakeFirst();
  if (numDeletedRows === 0n) throw new Failure('not_found');
  await changed(trx, workspaceId);
}

/** Those that are not named stay behind those that are, in their order. */
export async function orderRules(trx: Trx, workspaceId: string, ids: readonly string[]): Promise<RuleReply[]> {
  await sql`
    update automation_rules r set position = o.position
      from (select id, row_number() over (order by array_position(${ids}::uuid[], id) nulls last, position, id) as position from automation_rules) o
     where o.id = r.id`.execute(trx);
  await changed(trx, workspaceId);
  return listRules(trx);
}

/** What a rule does next time, once its time has come. Answers whether it was still due: another worker may have been there. */
export async function takeSchedule(trx: Trx, ruleId: string, now: Date): Promise<boolean> {
  const row = await trx.selectFrom('automation_rules').selectAll().where('id', '=', ruleId).forUpdate().executeTakeFirst();
  if (!row?.is_on || row.next_at === null || row.next_at > now) return false;
  await trx
    .updateTable('automation_rules')
    .set({ next_at: await nextOf(trx, toRule(row), now) })
    .where('id', '=', ruleId)
    .execute();
  return true;
}

export async function listMacros(trx: Trx): Promise<MacroReply[]> {
  return (await trx.selectFrom('macros').selectAll().orderBy('name').limit(500).execute()).map(toMacro);
}

export async function readMacro(trx: Trx, id: string): Promise<MacroReply> {
  const row = await trx.selectFrom('macros').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) throw new Failure('not_found');
  return toMacro(row);
}

type MacroFields = { name: string; acts: readonly Act[] };

export async function addMacro(trx: Trx, workspaceId: string, { name, acts }: MacroFields): Promise<MacroReply> {
  await refuseUnknown(trx, acts);
  const values = { workspace_id: workspaceId, name, acts: JSON.stringify(acts) };
  const row = await trx.insertInto('macros').values(values).returningAll().executeTakeFirstOrThrow().catch(nameTaken);
  await changed(trx, workspaceId);
  return toMacro(row);
}

export async function changeMacro(
  trx: Trx,
  { workspaceId, id }: Place,
  change: { [K in keyof MacroFields]?: MacroFields[K] | undefined },
): Promise<MacroReply> {
  await refuseUnknown(trx, change.acts ?? []);
  const set = { name: change.name, ...(change.acts ? { acts: JSON.stringify(change.acts) } : {}), updated_at: sql<Date>`now()` };
  const row = await trx.updateTable('macros').set(set).where('id', '=', id).returningAll().executeTakeFirst().catch(nameTaken);
  if (!row) throw new Failure('not_found');
  await changed(trx, workspaceId);
  return toMacro(row);
}

export async function removeMacro(trx: Trx, { workspaceId, id }: Place): Promise<void> {
  const { numDeletedRows } = await trx.deleteFrom('macros').where('id', '=', id).executeTakeFirst();
  if (numDeletedRows === 0n) throw new Failure('not_found');
  await changed(trx, workspaceId);
}

/** Labels that are found in texts, by their words or pattern. */
export async function listLabelWords(trx: Trx): Promise<z.output<typeof LabelWords>[]> {
  const rows = await trx.selectFrom('label_words').selectAll().orderBy('label_id').execute();
  return rows.map((row) => ({ labelId: row.label_id, words: row.words, pattern: row.pattern }));
}

/** Neither words nor a pattern: the label is not looked for. */
export async function setLabelWords(trx: Trx, workspaceId: string, { labelId, words, pattern }: z.output<typeof LabelWords>): Promise<void> {
  const label = await trx.selectFrom('labels').select('id').where('id', '=', labelId).executeTakeFirst();
  if (!label) throw new Failure('not_found');
  if (words.length === 0 && pattern === '') await trx.deleteFrom('label_words').where('label_id', '=', labelId).execute();
  else
    await sql`insert into label_words (label_id, workspace_id, words, pattern) values (${labelId}, ${workspaceId}, ${words}::text[], ${pattern})
      on conflict (label_id) do update set words = excluded.words, pattern = excluded.pattern`.execute(trx);
  await changed(trx, workspaceId);
}

export const changed = (trx: Trx, workspaceId: string): Promise<void> => recordEvent(trx, workspaceId, { kind: 'automation_changed' });

async function settle(trx: Trx, { workspaceId, id }: Place): Promise<RuleReply> {
  await changed(trx, workspaceId);
  return readRule(trx, id);
}

async function columnsOf(trx: Trx, rule: RuleFields, now: Date) {
  await refuseUnknown(trx, rule.acts);
  return {
    name: rule.name,
    is_on: rule.isOn,
    cause: rule.trigger.on,
    trigger: JSON.stringify(rule.trigger),
    conditions: JSON.stringify(rule.conditions),
    acts: JSON.stringify(rule.acts),
    next_at: await nextOf(trx, rule, now),
  };
}

async function nextOf(trx: Trx, { trigger }: Pick<RuleFields, 'trigger'>, now: Date): Promise<Date | null> {
  return trigger.on === 'schedule' ? nextTime(trigger, now, (await readWorkspace(trx)).zone) : null;
}

const idsOf = (acts: readonly Act[]) => ({
  people: acts.flatMap((act) => (act.do === 'assign' && act.personId ? [act.personId] : [])),
  teams: acts.flatMap((act) => (act.do === 'assign' && act.teamId ? [act.teamId] : [])),
  labels: acts.flatMap((act) => (act.do === 'label' || act.do === 'unlabel' ? act.labelIds : [])),
  canned_answers: acts.flatMap((act) => (act.do === 'canned' ? [act.cannedAnswerId] : [])),
  campaigns: acts.flatMap((act) => (act.do === 'start_campaign' ? [act.campaignId] : [])),
});

/** Throws `invalid_input` for what this workspace does not have. */
async function refuseUnknown(trx: Trx, acts: readonly Act[]): Promise<void> {
  for (const [table, ids] of Object.entries(idsOf(acts))) {
    const wanted = [...new Set(ids)];
    if (wanted.length === 0) continue;
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from ${sql.table(table)} where id = any(${wanted}::uuid[])`.execute(trx);
    if (rows[0]?.n !== wanted.length)
      throw new Failure('invalid_input', 'An act names something that this workspace does not have.', { fields: { acts: `names unknown ${table}` } });
  }
}

function toRule(row: Selectable<AutomationRules>): RuleReply {
  return {
    id: row.id,
    name: row.name,
    isOn: row.is_on,
    trigger: Trigger.parse(row.trigger),
    conditions: Conditions.parse(row.conditions),
    acts: Acts.parse(row.acts),
    nextAt: instant(row.next_at),
    updatedAt: instant(row.updated_at),
  };
}

const toMacro = (row: Selectable<Macros>): MacroReply => ({
  id: row.id,
  name: row.name,
  acts: Acts.parse(row.acts),
  updatedAt: instant(row.updated_at),
});

function nameTaken(error: unknown): never {
  if (brokenUnique(error) !== 'macros_workspace_id_name_key') throw error;
  throw new Failure('already_exists', 'There is a macro of this name already.', { fields: { name: 'is taken' }, cause: error });
}
