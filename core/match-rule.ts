import type { Act, Cause, Condition, Rule, TurnStep } from './automation.ts';
import { foldText, standsIn } from './intents.ts';
import { matchesPattern, type TextReading } from './read-text.ts';
import { wallClock } from './zone.ts';

/** What is known when rules are asked. Without a conversation, what asks about one does not hold. */
export type RuleFacts = {
  cause: Cause;
  /** The status, or the label, that the cause was about; of a schedule the rule whose time has come. */
  detail: string | null;
  reading: TextReading | null;
  channel: string | null;
  accountId: string | null;
  labelIds: readonly string[];
  isKnown: boolean;
  /** Since when their newest message has had no answer; null: it has one. */
  waitingSince: Date | null;
  now: Date;
  zone: string;
};

/** What rules say to one turn: what is to be done, by whom, and why the others did not. */
export type RuleVerdict = { fired: { rule: Rule; acts: readonly Act[] }[]; steps: TurnStep[]; isStopped: boolean };

/** Asks rules in order, up to the first that says stop. */
export function matchRules(rules: readonly Rule[], facts: RuleFacts): RuleVerdict {
  const verdict: RuleVerdict = { fired: [], steps: [], isStopped: false };
  for (const rule of rules) {
    const why = verdict.isStopped ? { code: 'after_stop' as const, detail: '' } : whyNot(rule, facts);
    if (why) {
      verdict.steps.push({ by: byRule(rule), ...why });
      continue;
    }
    verdict.fired.push({ rule, acts: rule.acts.filter((act) => act.do !== 'stop') });
    verdict.steps.push({ by: byRule(rule), code: 'did', detail: rule.acts.map((act) => act.do).join(', ') });
    verdict.isStopped = rule.acts.some((act) => act.do === 'stop');
  }
  return verdict;
}

export const byRule = ({ id, name }: Pick<Rule, 'id' | 'name'>): TurnStep['by'] => ({ is: 'rule', id, name });

function whyNot(rule: Rule, facts: RuleFacts): Pick<TurnStep, 'code' | 'detail'> | null {
  if (!rule.isOn) return { code: 'off', detail: '' };
  if (!isSetOff(rule, facts)) return { code: 'other_trigger', detail: rule.trigger.on };
  const failed = rule.conditions.find((condition) => !holds(condition, facts));
  return failed ? { code: 'condition_failed', detail: failed.of } : null;
}

function isSetOff({ id, trigger }: Rule, { cause, detail }: RuleFacts): boolean {
  if (trigger.on !== cause) return false;
  if (trigger.on === 'status') return trigger.statuses.some((status) => status === detail);
  if (trigger.on === 'labelled') return trigger.labelIds.some((labelId) => labelId === detail);
  return trigger.on !== 'schedule' || detail === id;
}

/** One for each kind of condition, so that a new kind cannot be forgotten. */
const judges: { [K in Condition['of']]: (condition: Extract<Condition, { of: K }>, facts: RuleFacts) => boolean } = {
  words: ({ are, words }, { reading }) => {
    if (!reading) return false;
    const has = (word: string) => standsIn(reading.folded, foldText(word));
    if (are === 'none') return !words.some(has);
    return are === 'all' ? words.every(has) : words.some(has);
  },
  pattern: ({ pattern }, { reading }) => reading !== null && matchesPattern(pattern, reading.text),
  language: (condition, { reading }) => condition.in.some((language) => language === reading?.language),
  intent: (condition, { reading }) => condition.in.some((intent) => reading?.intents.includes(intent)),
  tag: ({ labelIds }, { reading }) => labelIds.some((id) => reading?.tagIds.includes(id)),
  label: (condition, { labelIds }) => condition.labelIds.some((id) => labelIds.includes(id)),
  channel: (condition, { channel }) => channel !== null && condition.in.includes(channel),
  account: (condition, { accountId }) => accountId !== null && condition.in.includes(accountId),
  contact: ({ is }, { isKnown }) => (is === 'known') === isKnown,
  hours: ({ are, ...hours }, { now, zone }) => (are === 'inside') === isWithin(hours, now, zone),
  waiting: ({ minutes }, { waitingSince, now }) => waitingSince !== null && now.getTime() - waitingSince.getTime() >= minutes * 60_000,
};

function holds(condition: Condition, facts: RuleFacts): boolean {
  // The table above says for each kind what it takes.
  const judge = judges[condition.of] as (condition: Condition, facts: RuleFacts) => boolean;
  return judge(condition, facts);
}

type Hours = { weekdays: readonly number[]; from: string; to: string };

/** Over midnight when `from` is later than `to`: the weekday is then that of the evening. The same time twice is the whole day. */
function isWithin({ weekdays, from, to }: Hours, at: Date, zone: string): boolean {
  const { weekday, minutes } = wallClock(at, zone);
  const [start, end] = [minutesOf(from), minutesOf(to)];
  if (start === end) return weekdays.includes(weekday);
  if (start < end) return weekdays.includes(weekday) && minutes >= start && minutes < end;
  const before = weekday === 1 ? 7 : weekday - 1;
  return (weekdays.includes(weekday) && minutes >= start) || (weekdays.includes(before) && minutes < end);
}

export function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

/** The first minute after `after` that is `at` on one of the weekdays, in the zone; a time that a clock leaps over waits for the next day. */
export function nextTime({ weekdays, at }: { weekdays: readonly number[]; at: string }, after: Date, zone: string): Date {
  const wanted = minutesOf(at);
  let next = Math.floor(after.getTime() / 60_000) * 60_000 + 60_000;
  const last = next + 9 * 86_400_000;
  while (next < last) {
    const { weekday, minutes } = wallClock(new Date(next), zone);
    if (minutes === wanted && weekdays.includes(weekday)) return new Date(next);
    // Clocks change by at most an hour, and some by half of one: so near the end each minute is looked at.
    const left = (wanted - minutes + 1440) % 1440;
    next += Math.max(1, left - 61) * 60_000;
  }
  return new Date(last);
}
