import { expect, test } from 'vitest';
import { type SpeakFacts, whySilent } from './bot.ts';

const now = new Date('2026-03-04T10:00:00Z');
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
const may: SpeakFacts = {
  isServed: true,
  isOn: true,
  isGroup: false,
  isAutomatic: false,
  isStopWord: false,
  heardAt: ago(1),
  handedOver: false,
  personAnsweredAt: ago(31),
  isEcho: false,
  answersInTalk: 4,
  answersInHour: 59,
  ceilings: { perTalk: 5, perHour: 60 },
  now,
};

test('a bot speaks where nothing is against it', () => expect(whySilent(may)).toBeNull());

test.each<[string, Partial<SpeakFacts>]>([
  ['group', { isGroup: true }],
  ['automatic', { isAutomatic: true }],
  ['stop_word', { isStopWord: true }],
  ['handed_over', { handedOver: true }],
  ['too_late', { heardAt: ago(61) }],
  ['person_answers', { personAnsweredAt: ago(29) }],
  ['echo', { isEcho: true }],
  ['talk_ceiling', { answersInTalk: 5 }],
  ['hour_ceiling', { answersInHour: 60 }],
  ['bot_off', { isOn: false }],
  ['not_served', { isServed: false }],
])('is silent: %s', (reason, facts) => expect(whySilent({ ...may, ...facts })).toBe(reason));
