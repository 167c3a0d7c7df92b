import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addTestWorkspace, createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { listAvailability, noteHere, setAvailability } from '#sql/availability.ts';
import { changeConversation } from '#sql/conversation-changes.ts';
import { listConversations, matchingIds } from '#sql/conversation-list.ts';
import { inWorkspace, type Trx } from '#sql/database.ts';
import { readConversation } from '#sql/inbox.ts';
import { mergeContacts } from '#sql/merge-contacts.ts';
import { listNotices, makeNotices, readNoticesOf } from '#sql/notices.ts';
import { addSlaPolicy, changeSlaPolicy, readSlaFigures, removeSlaPolicy } from '#sql/sla.ts';
import { suppressContact } from '#sql/suppressions.ts';
import { addTeam } from '#sql/teams.ts';
import { readableLog } from '#sql/testing/readable-log.ts';
import { undoMerge } from '#sql/undo-merge.ts';
import { changeWorkspace } from '#sql/workspace.ts';
import { handOutWork, watchSlas } from './sla.ts';
import { addTestProfile } from './testing/add-profile.ts';
import { talkWith } from './testing/talk-with.ts';

// A Friday, years away: what is read of days ago begins no timer.
const friday = '2032-01-02T';
const clock = { at: '', now: () => new Date(clock.at), settle: async () => undefined };
const policy = { name: 'Shop', firstMinutes: 60, nextMinutes: 30, resolutionMinutes: 600, inBusinessHours: false, isUsual: true };
let base: TestDatabase;
let workspaceId: string;
let accountId: string;
let policyId: string;
beforeAll(async () => {
  base = await createTestDatabase();
});
afterAll(() => base[Symbol.asyncDispose]());
beforeEach(async () => {
  workspaceId = await addTestWorkspace(base.db);
  accountId = await addTestProfile(base.db, workspaceId);
  policyId = await inside(async (trx) => (await addSlaPolicy(trx, workspaceId, policy)).id);
});

const inside = <T>(work: (trx: Trx) => Promise<T>) => inWorkspace(base.db, workspaceId, work);
const parts = () => ({ db: base.db, clock, tell: () => undefined });
async function look(at: string): Promise<void> {
  clock.at = at;
  await watchSlas(parts());
}
const talk = (who?: string) => talkWith({ inside, workspaceId, accountId }, who);
const change = (conversationId: string, to: Parameters<typeof changeConversation>[2], at: string) =>
  inside((trx) => changeConversation(trx, { workspaceId, conversationId }, to, new Date(at)));
const owed = async (conversationId: string) =>
  Object.fromEntries(
    ((await inside((trx) => readConversation(trx, conversationId))).sla?.timers ?? []).map(({ kind, dueAt, breachedAt }) => [
      kind,
      breachedAt ? `late ${breachedAt}` : dueAt,
    ]),
  );
const figures = async () =>
  Object.fromEntries((await inside((trx) => readSlaFigures(trx, {}))).map(({ kind, kept, late }) => [kind, { kept, late }]));
const told = (kind: string) => inside(async (trx) => (await trx.selectFrom('events').select('subject').where('kind', '=', kind).execute()).length);

describe('an answer', () => {
  test('is owed from the first message on, by a person, to each later message, and late once', async () => {
    const { hear, answer } = talk();
    const { conversationId } = await hear(`${friday}10:00:00Z`);
    await hear(`${friday}10:20:00Z`);
    await look(`${friday}10:30:00Z`);
    expect(await owed(conversationId)).toEqual({ first: `${friday}11:00:00.000Z`, resolution: `${friday}20:00:00.000Z` });
    expect(await told('sla_breached')).toBe(0);
    await look(`${friday}11:00:00Z`);
    await look(`${friday}11:05:00Z`);
    expect((await owed(conversationId)).first).toBe(`late ${friday}11:00:00.000Z`);
    expect(await told('sla_breached')).toBe(1);
    await answer(`${friday}11:10:00Z`);
    await hear(`${friday}12:00:00Z`);
    await look(`${friday}12:01:00Z`);
    expect(await owed(conversationId)).toEqual({ next: `${friday}12:30:00.000Z`, resolution: `${friday}20:00:00.000Z` });
    await answer(`${friday}12:29:00Z`);
    await change(conversationId, { state: 'resolved' }, `${friday}13:00:00Z`);
    expect(await owed(conversationId)).toEqual({});
    expect(await figures()).toEqual({ first: { kept: 0, late: 1 }, next: { kept: 1, late: 0 }, resolution: { kept: 1, late: 0 } });
  });

  test('that was given in time, but is learned of late, was never late; one that nobody has counted is judged all the same', async () => {
    const { hear, answer } = talk();
    const { conversationId } = await hear(`${friday}10:00:00Z`);
    await look(`${friday}11:30:00Z`);
    expect((await owed(conversationId)).first).toContain('late');
    await answer(`${friday}10:59:00Z`);
    expect((await figures()).first).toEqual({ kept: 1, late: 0 });
    const other = talk();
    await other.hear(`${friday}10:00:00Z`);
    await other.answer(`${friday}11:01:00Z`);
    await look(`${friday}11:30:00Z`);
    expect((await figures()).first).toEqual({ kept: 1, late: 1 });
  });

  test('of a bot or a campaign is none', async () => {
    const { hear } = talk();
    const { conversationId, contactId } = await hear(`${friday}10:00:00Z`);
    await inside(async (trx) => {
      const { rows } = await sql<{ id: string }>`
        insert into deliveries (workspace_id, account_id, contact_id, address_kind, address, body, state) values (${workspaceId}, ${accountId}, ${contactId}, 'jid', 'a@example.org', 'Hi', 'planned') returning id`.execute(
        trx,
      );
      const deliveryId = rows[0]?.id ?? '';
      await sql`insert into bot_answers (delivery_id, workspace_id, conversation_id, at) values (${deliveryId}, ${workspaceId}, ${conversationId}, now())`.execute(
        trx,
      );
      await sql`insert into messages (workspace_id, account_id, conversation_id, platform_id, delivery_id, direction, kind, body, status, at)
        values (${workspaceId}, ${accountId}, ${conversationId}, 'b1', ${deliveryId}, 'out', 'text', 'Hi', 'sent', ${`${friday}10:00:10Z`})`.execute(
        trx,
      );
    });
    await look(`${friday}10:01:00Z`);
    expect((await owed(conversationId)).first).toBe(`${friday}11:00:00.000Z`);
  });

  test('is counted in the hours and the zone of the workspace, and counted anew when those change', async () => {
    const weekdays = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, from: '09:00', to: '18:00' }));
    await inside((trx) => changeWorkspace(trx, { zone: 'Europe/Berlin', settings: { businessHours: weekdays } }));
    await inside((trx) => changeSlaPolicy(trx, policyId, { inBusinessHours: true }));
    const { conversationId } = await talk().hear(`${friday}16:30:00Z`);
    await look(`${friday}16:31:00Z`);
    expect(await owed(conversationId)).toEqual({ first: '2032-01-05T08:30:00.000Z', resolution: '2032-01-06T08:30:00.000Z' });
    await inside((trx) => changeSlaPolicy(trx, policyId, { inBusinessHours: false, resolutionMinutes: null }));
    await look(`${friday}16:31:00Z`);
    expect(await owed(conversationId)).toEqual({ first: `${friday}17:30:00.000Z` });
  });

  test('is owed to nobody who said stop, and for nothing that was answered before it was read', async () => {
    const stopped = talk();
    const { contactId, conversationId } = await stopped.hear(`${friday}10:00:00Z`);
    await look(`${friday}10:00:00Z`);
    await inside((trx) => suppressContact(trx, { workspaceId, contactId, source: 'manual', evidence: 'asked', now: clock.now() }));
    await look(`${friday}23:00:00Z`);
    expect(await owed(conversationId)).toEqual({});
    const late = talk();
    await late.answer(`${friday}10:05:00Z`);
    expect(await owed((await late.hear(`${friday}10:00:00Z`)).conversationId)).toEqual({});
    expect(await told('sla_breached')).toBe(0);
  });
});

describe('a policy is kept', () => {
  test('through a snooze, an end by mistake, and a message after the end', async () => {
    const { hear, answer } = talk();
    const { conversationId } = await hear(`${friday}10:00:00Z`);
    await look(`${friday}10:00:00Z`);
    await change(conversationId, { state: 'snoozed', snoozedUntil: '2032-01-09T10:00:00Z' }, `${friday}10:10:00Z`);
    await look(`${friday}10:30:00Z`);
    const before = { first: `${friday}11:00:00.000Z`, resolution: `${friday}20:00:00.000Z` };
    expect(await owed(conversationId)).toEqual(before);
    await answer(`${friday}10:40:00Z`);
    await change(conversationId, { state: 'resolved' }, `${friday}10:50:00Z`);
    await change(conversationId, { state: 'open' }, `${friday}10:51:00Z`);
    expect(await owed(conversationId)).toEqual({ resolution: before.resolution });
    await change(conversationId, { state: 'resolved' }, `${friday}10:52:00Z`);
    await hear(`${friday}15:00:00Z`);
    await look(`${friday}15:00:00Z`);
    expect(await owed(conversationId)).toEqual({ first: `${friday}16:00:00.000Z`, resolution: '2032-01-03T01:00:00.000Z' });
    expect(await figures()).toEqual({ first: { kept: 1, late: 0 }, resolution: { kept: 1, late: 0 } });
  });

  test('through a merge, of which the answer that is due first stays owed, and its undoing', async () => {
    const [anna, annie] = [talk(), talk()];
    const into = await anna.hear(`${friday}10:30:00Z`);
    const from = await annie.hear(`${friday}10:00:00Z`);
    await look(`${friday}10:31:00Z`);
    const before = [await owed(into.conversationId), await owed(from.conversationId)];
    const mergeId = await inside((trx) =>
      mergeContacts(trx, { workspaceId, from: from.contactId, into: into.contactId, personId: null, now: new Date() }),
    );
    expect(await owed(into.conversationId)).toEqual(before[1]);
    await inside((trx) => undoMerge(trx, { workspaceId, contactId: into.contactId, mergeId, now: new Date() }));
    expect([await owed(into.conversationId), await owed(from.conversationId)]).toEqual(before);
    await look(`${friday}11:10:00Z`);
    expect(await told('sla_breached')).toBe(1);
  });

  test('as a person chose it, or none; and one that is removed leaves what was late', async () => {
    const { hear } = talk();
    const { conversationId } = await hear(`${friday}10:00:00Z`);
    const fast = await inside((trx) =>
      addSlaPolicy(trx, workspaceId, { ...policy, name: 'Fast', firstMinutes: 5, resolutionMinutes: null, isUsual: false }),
    );
    await change(conversationId, { slaPolicyId: fast.id }, `${friday}10:01:00Z`);
    await look(`${friday}10:06:00Z`);
    expect(await owed(conversationId)).toEqual({ first: `late ${friday}10:05:00.000Z` });
    await inside((trx) => removeSlaPolicy(trx, fast.id, new Date(`${friday}10:10:00Z`)));
    expect(await owed(conversationId)).toEqual({});
    expect(await inside((trx) => readSlaFigures(trx, {}))).toEqual([{ policyId: null, policyName: 'Fast', kind: 'first', kept: 0, late: 1 }]);
    await change(conversationId, { slaPolicyId: null }, `${friday}10:11:00Z`);
    await hear(`${friday}10:12:00Z`);
    expect(await owed(conversationId)).toEqual({});
  });
});

test('what is due first stands first, page by page, and what is late can be asked for alone', async () => {
  const times = ['10:20', '10:00', '10:40', '10:10'];
  const ids = new Map<string, string>();
  for (const time of times) ids.set((await talk().hear(`${friday}${time}:00Z`)).conversationId, time);
  await look(`${friday}11:05:00Z`);
  const asked = async (due: 'soon' | 'late') => {
    const found: (string | undefined)[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await inside((trx) => listConversations(trx, { due, personId: randomUUID() }, { cursor, limit: 2 }));
      found.push(...page.rows.map((row) => ids.get(row.id)));
      if (!page.next) return found;
      cursor = page.next;
    }
  };
  expect(await asked('soon')).toEqual(times.toSorted());
  expect(await asked('late')).toEqual(['10:00']);
  // What is changed in one go is what the list shows.
  const meant = await inside((trx) => matchingIds(trx, { due: 'late', personId: randomUUID() }, 10));
  expect(meant.map((id) => ids.get(id))).toEqual(['10:00']);
});

describe('a team that hands out', () => {
  async function openTeam(people: { capacity?: number; isAway?: boolean; isGone?: boolean }[]) {
    const members = await inside(async (trx) => {
      const ids: string[] = [];
      for (const { capacity = null, isAway = false, isGone = false } of people) {
        const name = `p${randomUUID()}`;
        const { id } = await trx
          .insertInto('people')
          .values({ workspace_id: workspaceId, email: `${name}@example.org`, username: name, name, role: 'operator', password_hash: 'x' })
          .returning('id')
          .executeTakeFirstOrThrow();
        await setAvailability(trx, { workspaceId, personId: id }, { capacity, isAway });
        if (!isGone) await noteHere(trx, workspaceId, [id]);
        ids.push(id);
      }
      return ids;
    });
    const { id: teamId } = await inside((trx) => addTeam(trx, workspaceId, { name: 'Desk', memberIds: members, handsOut: true }));
    const add = async (n: number) => {
      for (let at = 0; at < n; at += 1) await change((await talk().hear(`${friday}10:0${at}:00Z`)).conversationId, { teamId }, `${friday}10:10:00Z`);
    };
    const work = async () => {
      clock.at = new Date().toISOString();
      await handOutWork(parts());
      const rows = await inside((trx) => listAvailability(trx));
      return members.map((id) => rows.find(({ person }) => person.id === id)?.open);
    };
    return { members, add, work };
  }

  test('gives to each in turn, to nobody beyond what they may hold, to nobody who is away or gone; what is over waits', async () => {
    const { members, add, work } = await openTeam([{ capacity: 2 }, {}, { isAway: true }, { isGone: true }]);
    await add(3);
    expect((await work()).toSorted()).toEqual([0, 0, 1, 2]);
    await add(3);
    expect(await work()).toEqual([2, 4, 0, 0]);
    expect(await told('conversation_given')).toBe(6);
    await inside((trx) => setAvailability(trx, { workspaceId, personId: members[1] ?? '' }, { capacity: 4 }));
    await add(1);
    expect(await work()).toEqual([2, 4, 0, 0]);
    await inside((trx) => setAvailability(trx, { workspaceId, personId: members[2] ?? '' }, { isAway: false }));
    expect(await work()).toEqual([2, 4, 1, 0]);
  });

  test('gives each conversation once, however many workers look', async () => {
    const { add, work } = await openTeam([{ capacity: 3 }, { capacity: 3 }]);
    await add(9);
    await Promise.all([work(), work(), work()]);
    expect(await work()).toEqual([3, 3]);
    expect(await told('conversation_given')).toBe(6);
  });

  test('tells whoever is given one, and whose it is that it is late; looking at it ends both', async () => {
    const { members, add, work } = await openTeam([{}, { isGone: true }]);
    const [personId = '', other = ''] = members;
    await add(1);
    await work();
    await look(`${friday}23:00:00Z`);
    await readableLog(base.db, workspaceId);
    await makeNotices(base.db, clock.now(), 2000);
    const of = (id: string) => inside(async (trx) => (await listNotices(trx, id, { limit: 10, unread: true })).rows);
    const had = await of(personId);
    expect(had.map(({ kind }) => kind).toSorted()).toEqual(['given', 'message_mine', 'sla_breached']);
    expect(await of(other)).toEqual([]);
    const before = await told('notice_added');
    await inside((trx) => readNoticesOf(trx, { workspaceId, personId }, had[0]?.subject.conversationId ?? ''));
    expect(await of(personId)).toEqual([]);
    // Their other pages are told to count anew.
    expect(await told('notice_added')).toBe(before + 1);
  });
});
