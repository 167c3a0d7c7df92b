import { lengthOn, platformRulesOf } from '#core/platform-rules.ts';
import type { Conversation } from './use-inbox.ts';

/** Until when anything may be said. `human`: only an answer that a person writes. `none`: the channel asks for nothing. */
export type WritingWindow =
  | { is: 'none' }
  | { is: 'open'; ms: number }
  | { is: 'human'; until: string }
  | { is: 'closed'; needs: 'template' | 'human_agent' };
/** `left`: what the text may still grow by, in letters or bytes as the channel counts; null where it has no end. */
export type WritingRules = { window: WritingWindow; left: number | null };

type Ruled = Pick<Conversation, 'channel' | 'takes' | 'window'>;

export function writingRulesOf({ channel, takes, window }: Ruled, text: string, now: number): WritingRules {
  const rules = platformRulesOf(channel);
  const length = rules ? lengthOn(rules, text.trim()) : text.trim().length;
  return { window: windowOf(window, now), left: takes.textLength === null ? null : takes.textLength - length };
}

function windowOf(window: Ruled['window'], now: number): WritingWindow {
  if (!window) return { is: 'none' };
  const ms = window.opensUntil === null ? 0 : Date.parse(window.opensUntil) - now;
  if (ms > 0) return { is: 'open', ms };
  if (window.humanUntil !== null && Date.parse(window.humanUntil) > now) return { is: 'human', until: window.humanUntil };
  return { is: 'closed', needs: window.afterwards };
}
