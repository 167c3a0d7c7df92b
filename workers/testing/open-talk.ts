import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Act, Condition, Trigger } from '#core/automation.ts';
import type { Incoming } from '#core/channel.ts';
import { addTestWorkspace } from '#e2e/test-database.ts';
import { addRule } from '#sql/automation-rules.ts';
import { inWorkspace, type Trx } from '#sql/database.ts';
import { addLabel } from '#sql/labels.ts';
import { createTurnWork } from '#workers/automation.ts';
import { takeIn } from '#workers/take-in.ts';
import { addTestProfile } from './add-profile.ts';
import type { LaneGround } from './open-lanes.ts';

export const packs = [{ name: 'converse', title: 'Converse', media: {}, quotes: true }];

/** A workspace with one account, its rules, and somebody who writes. */
export async function openTalk(ground: LaneGround, ...rules: [Act[], Condition[]?, Trigger?][]) {
  const { db } = ground.base;
  const workspaceId = await addTestWorkspace(db);
  const accountId = await addTestProfile(db, workspaceId);
  const inside = <T>(work: (trx: Trx) => Promise<T>) => inWorkspace(db, workspaceId, work);
  const labelId = await inside(async (trx) => (await addLabel(trx, workspaceId, { name: 'Price', colour: 'blue' })).id);
  const clock = { now: () => new Date(), settle: async () => undefined };
  for (const [at, [acts, conditions = [], trigger]] of rules.entries())
    await inside((trx) =>
      addRule(trx, workspaceId, { name: `rule ${at + 1}`, isOn: true, trigger: trigger ?? { on: 'message' }, conditions, acts }, new Date()),
    );
  const work = createTurnWork({ db, clock, queue: ground.queue, packs, tell: () => undefined, log: { warn: () => undefined } });
  const who = `anna${randomUUID()}@example.org`;
  const hear = (text: string, more: Partial<Incoming> = {}) =>
    inside((trx) =>
      takeIn(trx, {
        workspaceId,
        accountId,
        now: new Date(),
        messages: [
          {
            peer: { kind: 'jid', value: who, name: 'Anna Example' },
            conversation: who,
            platformId: randomUUID(),
            direction: 'in',
            kind: 'text',
            text,
            at: new Date(),
            status: null,
            ...more,
          } as Incoming,
        ],
      }),
    );
  return {
    workspaceId,
    inside,
    labelId,
    hear,
    work: () => work(AbortSignal.timeout(30_000)),
    said: () => inside(async (trx) => (await trx.selectFrom('deliveries').select('body').orderBy('created_at').execute()).map((row) => row.body)),
    turns: () =>
      inside(async (trx) => {
        const { rows } = await sql<{ cause: string; outcome: string | null; why: string }>`
          select cause, outcome, (select string_agg(s ->> 'code' || coalesce(' ' || nullif(s ->> 'detail', ''), ''), '; ') from jsonb_array_elements(steps) s) as why
            from bot_turns order by id`.execute(trx);
        return rows;
      }),
  };
}
