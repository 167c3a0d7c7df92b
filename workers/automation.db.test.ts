import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Act, Condition, Trigger } from '#core/automation.ts';
import { addRule } from '#sql/automation-rules.ts';
import { listTurns, markAutomatic, postponeTurn } from '#sql/bot-turns.ts';
import { changeBot, handOver, rulesBot } from '#sql/bots.ts';
import { changeConversation } from '#sql/conversation-changes.ts';
import { readConversation } from '#sql/inbox.ts';
import { listMessages } from '#sql/messages.ts';
import { addSlaPolicy } from '#sql/sla.ts';
import { suppressContact } from '#sql/suppressions.ts';
import { openLaneGround } from './testing/open-lanes.ts';
import { openTalk as openOwnTalk } from './testing/open-talk.ts';

let ground: Awaited<ReturnType<typeof openLaneGround>>;
beforeAll(async () => {
  ground = await openLaneGround();
});
afterAll(() => ground[Symbol.asyncDispose]());

const openTalk = (...rules: [Act[], Condition[]?, Trigger?][]) => openOwnTalk(ground, ...rules);
const answer = (text: string): Act => ({ do: 'answer', text });

describe('a message', () => {
  test('is answered, labelled and noted once, however often it comes and however often the worker looks', async () => {
    const talk = await openTalk([[answer('Hello {{first_name}}.'), { do: 'note', text: 'asked for a price' }], [{ of: 'intent', in: ['price'] }]]);
    const messageId = randomUUID();
    for (let time = 0; time < 3; time += 1) await talk.hear('How much is it?', { platformId: messageId });
    await Promise.all([talk.work(), talk.work()]);
    await talk.hear('How much is it?', { platformId: messageId });
    await talk.work();
    expect(await talk.said()).toEqual(['Hello Anna.']);
    expect(await talk.turns()).toEqual([{ cause: 'message', outcome: 'answered', why: 'did answer, note' }]);
    expect(await talk.inside((trx) => trx.selectFrom('conversation_notes').select(['body', 'person_id']).execute())).toEqual([
      { body: 'asked for a price', person_id: null },
    ]);
  });

  test('is left to nobody by a worker that dies in the middle: the next one does all of it, once', async () => {
    const talk = await openTalk([[{ do: 'priority', priority: 'high' }, answer('Hello.')]]);
    await talk.hear('hello');
    await talk.inside(async (trx) => {
      const [turn] = (await sql<{ id: string }>`select id::text from bot_turns`.execute(trx)).rows;
      await postponeTurn(trx, turn?.id ?? '', { why: 'Error', now: new Date(Date.now() - 60_000) });
    });
    await talk.work();
    expect(await talk.said()).toEqual(['Hello.']);
  });

  test('in another language is decided otherwise', async () => {
    const talk = await openTalk(
      [[answer('It costs 5 euros.')], [{ of: 'language', in: ['en'] }]],
      [[answer('Es kostet 5 Euro.')], [{ of: 'language', in: ['de'] }]],
    );
    await talk.hear('Wie viel kostet der Versand nach Hamburg?');
    await talk.work();
    expect(await talk.said()).toEqual(['Es kostet 5 Euro.']);
    expect((await talk.turns())[0]?.why).toBe('condition_failed language; did answer');
  });

  test('of ourselves, of a year ago, and what rules do themselves are no turns', async () => {
    const talk = await openTalk([[answer('Hello.')]], [[{ do: 'state', state: 'resolved' }]], [[answer('Bye.')], [], { on: 'resolved' }]);
    await talk.hear('hello from the phone', { direction: 'out', status: 'sent', at: new Date(Date.now() - 45 * 60_000) });
    await talk.hear('hello of old', { at: new Date(Date.now() - 366 * 86_400_000) });
    await talk.work();
    expect(await talk.turns()).toEqual([]);
    await talk.hear('hello');
    await talk.work();
    // It was resolved by a rule, and that sets off no other.
    expect(await talk.said()).toEqual(['Hello.']);
    expect((await talk.turns()).map((turn) => turn.cause)).toEqual(['message']);
  });
});

test('a rule says how soon is to be answered; its own answer is no person’s, and has its name in the conversation', async () => {
  const talk = await openTalk();
  const policy = { name: 'Fast', firstMinutes: 5, nextMinutes: null, resolutionMinutes: null, inBusinessHours: false, isUsual: false };
  const { id: slaPolicyId } = await talk.inside((trx) => addSlaPolicy(trx, talk.workspaceId, policy));
  const acts: Act[] = [answer('Soon.'), { do: 'sla', slaPolicyId }];
  await talk.inside((trx) =>
    addRule(trx, talk.workspaceId, { name: 'Haste', isOn: true, trigger: { on: 'message' }, conditions: [], acts }, new Date()),
  );
  const [heard] = await talk.hear('hello');
  await talk.work();
  const conversationId = heard?.conversationId ?? '';
  const { sla } = await talk.inside((trx) => readConversation(trx, conversationId));
  expect(sla).toMatchObject({ policy: { name: 'Fast' }, timers: [{ kind: 'first' }] });
  const { rows } = await talk.inside((trx) => listMessages(trx, conversationId, { limit: 10 }));
  expect(rows.map(({ text, saidBy }) => [text, saidBy?.is, saidBy?.name])).toEqual([
    ['Soon.', 'rule', 'Haste'],
    ['hello', undefined, undefined],
  ]);
  const turns = await talk.inside((trx) => listTurns(trx, { id: rows[0]?.saidBy?.turnId ?? '' }, { limit: 10 }));
  expect(turns.rows.map(({ steps }) => steps.map((step) => step.code))).toEqual([['did']]);
});

describe('a bot is silent', () => {
  const silent = async (talk: Awaited<ReturnType<typeof openTalk>>, reason: string) => {
    await talk.work();
    const last = (await talk.turns()).at(-1);
    expect(last).toMatchObject({ outcome: 'silent', why: expect.stringContaining(`silent ${reason}`) });
  };

  test('to whoever says stop, in a group, to a program, and long after', async () => {
    const talk = await openTalk([[answer('Hello.')]]);
    await talk.hear('STOP');
    await silent(talk, 'stop_word');
    const mail = await talk.hear('I am away until Monday', { conversation: 'b@example.org', peer: { kind: 'jid', value: 'b@example.org' } });
    await talk.inside((trx) => markAutomatic(trx, [mail[0]?.messageId ?? '']));
    await silent(talk, 'automatic');
    await talk.hear('hello all', { conversation: 'group:1', peer: { kind: 'jid', value: 'group:1' } });
    await silent(talk, 'group');
    await talk.hear('hello', {
      conversation: 'c@example.org',
      peer: { kind: 'jid', value: 'c@example.org' },
      at: new Date(Date.now() - 2 * 3_600_000),
    });
    await silent(talk, 'too_late');
    // Only what says that STOP was heard.
    expect((await talk.said()).filter((text) => text === 'Hello.')).toEqual([]);
  });

  test('beyond its ceilings, and to who throws its words back', async () => {
    const talk = await openTalk([[answer('Hello.')]]);
    await talk.inside(async (trx) => {
      const bot = await rulesBot(trx, talk.workspaceId);
      await changeBot(trx, { workspaceId: talk.workspaceId, id: bot.id }, { answersPerTalk: 2, answersPerHour: 3, notice: 'I am a program.' });
    });
    await talk.hear('hello');
    await talk.hear('hello again');
    await talk.work();
    expect(await talk.said()).toEqual(['I am a program.\n\nHello.', 'Hello.']);
    await talk.hear('Hello.');
    await silent(talk, 'echo');
    await talk.hear('and again');
    await silent(talk, 'talk_ceiling');
    for (const name of ['b', 'c'])
      await talk.hear('hello', { conversation: `${name}@example.org`, peer: { kind: 'jid', value: `${name}@example.org` } });
    await silent(talk, 'hour_ceiling');
    expect(await talk.said()).toHaveLength(3);
  });

  test('once a person has the conversation, until it is resolved', async () => {
    const talk = await openTalk([[answer('Hello.')]]);
    const [first] = await talk.hear('hello');
    const conversationId = first?.conversationId ?? '';
    await talk.inside((trx) => handOver(trx, { workspaceId: talk.workspaceId, conversationId }, { personId: null, now: new Date() }));
    await silent(talk, 'handed_over');
    await talk.inside((trx) => changeConversation(trx, { workspaceId: talk.workspaceId, conversationId }, { state: 'resolved' }, new Date()));
    await talk.hear('one more thing');
    await talk.work();
    expect(await talk.said()).toEqual(['Hello.']);
  });

  test('to who wants no messages: the answer is refused by the same rules as a person’s, and the rest is done', async () => {
    const talk = await openTalk([[answer('Hello.'), { do: 'priority', priority: 'urgent' }]]);
    const [first] = await talk.hear('hello');
    await talk.inside((trx) =>
      suppressContact(trx, { workspaceId: talk.workspaceId, contactId: first?.contactId ?? '', source: 'manual', evidence: '', now: new Date() }),
    );
    await talk.work();
    expect(await talk.said()).toEqual([]);
    expect((await talk.turns())[0]).toMatchObject({
      outcome: 'acted',
      why: expect.stringContaining('refused answer: This person asked not to be written to'),
    });
    expect(await talk.inside((trx) => trx.selectFrom('conversations').select('priority').executeTakeFirst())).toEqual({ priority: 'urgent' });
  });
});

test('events and schedules set off their rules: opened, labelled, resolved, contact added, and a time of day', async () => {
  const label = { labelIds: [] as string[] };
  const talk = await openTalk(
    [[{ do: 'note', text: 'opened' }], [], { on: 'opened' }],
    [[{ do: 'note', text: 'resolved' }], [], { on: 'resolved' }],
    [[{ do: 'webhook' }], [], { on: 'contact_added' }],
  );
  label.labelIds = [talk.labelId];
  await talk.inside((trx) =>
    addRule(
      trx,
      talk.workspaceId,
      { name: 'labelled', isOn: true, trigger: { on: 'labelled', ...label }, conditions: [], acts: [{ do: 'note', text: 'labelled' }] },
      new Date(),
    ),
  );
  const daily: Trigger = { on: 'schedule', weekdays: [1, 2, 3, 4, 5, 6, 7], at: '09:00' };
  // Made two days ago, so its time has come.
  await talk.inside((trx) =>
    addRule(
      trx,
      talk.workspaceId,
      { name: 'daily', isOn: true, trigger: daily, conditions: [{ of: 'waiting', minutes: 1 }], acts: [{ do: 'note', text: 'daily' }] },
      new Date(Date.now() - 2 * 86_400_000),
    ),
  );
  const [first] = await talk.hear('hello', { at: new Date(Date.now() - 120_000) });
  const conversationId = first?.conversationId ?? '';
  await talk.work();
  await talk.inside((trx) =>
    changeConversation(trx, { workspaceId: talk.workspaceId, conversationId }, { labelIds: [talk.labelId], state: 'resolved' }, new Date()),
  );
  await talk.work();
  const notes = await talk.inside((trx) => trx.selectFrom('conversation_notes').select('body').orderBy('at').execute());
  expect(notes.map((note) => note.body).toSorted()).toEqual(['daily', 'labelled', 'opened', 'resolved']);
  expect((await talk.turns()).map((turn) => turn.cause).toSorted()).toEqual(['contact_added', 'labelled', 'opened', 'resolved', 'schedule']);
  const fired = await talk.inside((trx) => trx.selectFrom('events').select('subject').where('kind', '=', 'rule_fired').execute());
  expect(fired).toMatchObject([{ subject: { contactId: first?.contactId } }]);
});
