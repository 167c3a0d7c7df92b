import type { SilenceReason } from './automation.ts';

/** What a bot is asked: what was said, and what was said before it, oldest first. */
export type BotQuestion = {
  turnId: string;
  conversationId: string;
  accountId: string;
  channel: string;
  contact: { id: string; name: string };
  language: string | null;
  tags: readonly string[];
  intents: readonly string[];
  text: string;
  history: readonly { from: 'them' | 'us'; text: string }[];
};
export type BotReply = { is: 'answer'; text: string } | { is: 'hand_over'; why: string } | { is: 'nothing'; why: string };

/** Whoever may answer in place of a person. */
export type Bot = { ask(question: BotQuestion, signal: AbortSignal): Promise<BotReply> };

/** What is known of a conversation when a bot is about to speak. */
export type SpeakFacts = {
  isServed: boolean;
  isOn: boolean;
  isGroup: boolean;
  /** A program wrote it: an absence note, a list. */
  isAutomatic: boolean;
  isStopWord: boolean;
  heardAt: Date | null;
  handedOver: boolean;
  /** When a person of ours last answered here. */
  personAnsweredAt: Date | null;
  /** The text is one of the newest answers of the bot: somebody throws it back. */
  isEcho: boolean;
  answersInTalk: number;
  answersInHour: number;
  ceilings: { perTalk: number; perHour: number };
  now: Date;
};

/** An answer that comes later than this is worse than none. */
export const freshMinutes = 60;
/** So long after a person's answer the conversation is theirs. */
export const personMinutes = 30;

/** Why a bot may not speak, or null. */
export function whySilent(facts: SpeakFacts): SilenceReason | null {
  const { now, heardAt, personAnsweredAt, ceilings } = facts;
  const isWithin = (at: Date | null, minutes: number) => at !== null && now.getTime() - at.getTime() <= minutes * 60_000;
  const reasons: [boolean, SilenceReason][] = [
    [!facts.isOn, 'bot_off'],
    [!facts.isServed, 'not_served'],
    [facts.isGroup, 'group'],
    [facts.isAutomatic, 'automatic'],
    [facts.isStopWord, 'stop_word'],
    [facts.handedOver, 'handed_over'],
    [heardAt !== null && !isWithin(heardAt, freshMinutes), 'too_late'],
    [isWithin(personAnsweredAt, personMinutes), 'person_answers'],
    [facts.isEcho, 'echo'],
    [facts.answersInTalk >= ceilings.perTalk, 'talk_ceiling'],
    [facts.answersInHour >= ceilings.perHour, 'hour_ceiling'],
  ];
  return reasons.find(([holds]) => holds)?.[1] ?? null;
}
