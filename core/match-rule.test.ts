import { expect, test } from 'vitest';
import type { Act, Condition, Rule, Trigger } from './automation.ts';
import { matchRules, nextTime, type RuleFacts } from './match-rule.ts';
import { readText } from './read-text.ts';

const answer: Act = { do: 'answer', text: 'x' };
let count = 0;
const rule = (conditions: Condition[], acts: Act[] = [answer], trigger: Trigger = { on: 'message' }): Rule => {
  count += 1;
  return { id: `id ${count}`, name: `rule ${count}`, isOn: true, trigger, conditions, acts };
};
const facts = async (text: string, more: Partial<RuleFacts> = {}): Promise<RuleFacts> => ({
  cause: 'message',
  detail: null,
  reading: await readText(text, []),
  channel: 'email',
  accountId: 'account',
  labelIds: ['vip'],
  isKnown: true,
  waitingSince: null,
  now: new Date('2026-03-04T10:00:00Z'),
  zone: 'Europe/Berlin',
  ...more,
});
const firedBy = async (given: Rule, text: string, more?: Partial<RuleFacts>) => matchRules([given], await facts(text, more)).fired.length === 1;

test('the same question in two languages sets off two rules', async () => {
  const rules = (['en', 'de'] as const).map((language) =>
    rule([
      { of: 'intent', in: ['price'] },
      { of: 'language', in: [language] },
    ]),
  );
  const fired = async (text: string) => matchRules(rules, await facts(text)).fired.map((one) => one.rule.name);
  expect(await fired('How much does the shipping cost?')).toEqual([rules[0]?.name]);
  expect(await fired('Was kostet der Versand?')).toEqual([rules[1]?.name]);
});

test('rules are asked in order, up to one that says stop, and each that did not fire says why', async () => {
  const off = { ...rule([]), isOn: false };
  const rules = [
    off,
    rule([], [answer], { on: 'resolved' }),
    rule([{ of: 'words', are: 'any', words: ['nothing'] }]),
    rule([], [answer, { do: 'stop' }]),
    rule([]),
  ];
  const { fired, steps, isStopped } = matchRules(rules, await facts('hello'));
  expect(fired.map((one) => one.rule)).toEqual([rules[3]]);
  expect(fired[0]?.acts).toEqual([answer]);
  expect(isStopped).toBe(true);
  expect(steps.map(({ code, detail }) => `${code} ${detail}`)).toEqual([
    'off ',
    'other_trigger resolved',
    'condition_failed words',
    'did answer, stop',
    'after_stop ',
  ]);
});

test('each condition holds where it says, and not elsewhere', async () => {
  const monday = '2026-03-02T';
  const night: Condition = { of: 'hours', are: 'inside', weekdays: [1], from: '22:00', to: '06:00' };
  const cases: [Condition, string, Partial<RuleFacts>, boolean][] = [
    [{ of: 'words', are: 'any', words: ['Café', 'tea'] }, 'one CAFE please', {}, true],
    [{ of: 'words', are: 'all', words: ['café', 'tea'] }, 'one cafe please', {}, false],
    [{ of: 'words', are: 'none', words: ['tea'] }, 'one cafe please', {}, true],
    [{ of: 'words', are: 'any', words: ['价格'] }, '请问价格是多少', {}, true],
    [{ of: 'words', are: 'none', words: ['tea'] }, '', { reading: null }, false],
    [{ of: 'pattern', pattern: '^order \\d+$' }, 'Order 12', {}, true],
    [{ of: 'label', labelIds: ['vip'] }, '', {}, true],
    [{ of: 'label', labelIds: ['other'] }, '', {}, false],
    [{ of: 'channel', in: ['email'] }, '', {}, true],
    [{ of: 'account', in: ['account'] }, '', { accountId: null }, false],
    [{ of: 'contact', is: 'new' }, '', {}, false],
    [{ of: 'waiting', minutes: 60 }, '', { waitingSince: new Date('2026-03-04T09:00:00Z') }, true],
    [{ of: 'waiting', minutes: 61 }, '', { waitingSince: new Date('2026-03-04T09:00:00Z') }, false],
    // 22:30 in Berlin is 21:30 UTC, and five in the morning of the day after still belongs to Monday's night.
    [night, '', { now: new Date(`${monday}21:30:00Z`) }, true],
    [night, '', { now: new Date('2026-03-03T04:00:00Z') }, true],
    [night, '', { now: new Date('2026-03-03T05:00:00Z') }, false],
    [night, '', { now: new Date('2026-03-03T21:30:00Z') }, false],
    [{ ...night, are: 'outside' }, '', { now: new Date('2026-03-03T21:30:00Z') }, true],
  ];
  for (const [condition, text, more, holds] of cases)
    expect([condition, more, await firedBy(rule([condition]), text, more)]).toEqual([condition, more, holds]);
});

test('a status, a label and a schedule set off the rules that name them', async () => {
  const failed = rule([], [answer], { on: 'status', statuses: ['failed'] });
  expect(await firedBy(failed, '', { cause: 'status', detail: 'failed' })).toBe(true);
  expect(await firedBy(failed, '', { cause: 'status', detail: 'read' })).toBe(false);
  const daily = rule([], [answer], { on: 'schedule', weekdays: [1], at: '09:00' });
  expect(await firedBy(daily, '', { cause: 'schedule', detail: daily.id })).toBe(true);
  expect(await firedBy(daily, '', { cause: 'schedule', detail: 'another rule' })).toBe(false);
});

test('a schedule is due at its wall clock, also across a change of the clocks', () => {
  const at = (after: string, weekdays = [1, 2, 3, 4, 5, 6, 7]) => nextTime({ weekdays, at: '09:00' }, new Date(after), 'Europe/Berlin').toISOString();
  expect(at('2026-03-28T07:59:00Z')).toBe('2026-03-28T08:00:00.000Z');
  // Summer time begins on the 29th of March.
  expect(at('2026-03-28T08:00:00Z')).toBe('2026-03-29T07:00:00.000Z');
  expect(at('2026-03-28T08:00:00Z', [6])).toBe('2026-04-04T07:00:00.000Z');
});
