import type { EventKind } from './events.ts';

/**
 * A *hook* is an address outside that is told what happens here; a *post* is one event on its way to one hook; a *try* is one request of it.
 * What a hook may be told of: events of rows that its owner can read by themselves.
 */
export const hookKinds = [
  'message_added',
  'message_changed',
  'delivery_changed',
  'campaign_changed',
  'conversation_changed',
  'contact_changed',
  'account_changed',
  'profile_changed',
  'platform_connected',
  'platform_disconnected',
  'sync_completed',
  'operators_warned',
  'admins_warned',
  'list_changed',
  'import_changed',
  'template_changed',
  'rule_fired',
  'sla_breached',
  'conversation_given',
  'workspace_changed',
] as const satisfies readonly EventKind[];
export type HookKind = (typeof hookKinds)[number];

/** A person asked for one, to see whether the hook answers. */
export const testKind = 'test';

/** After so many tries a post is dead, and waits for a person: with the pauses below that is after two to three days. */
export const mostTries = 12;
const firstPauseMs = 5000;
const longestPauseMs = 86_400_000;

/** How long to wait after the `attempts`th failed try: anywhere up to a ceiling that grows fourfold, so that many posts do not come back together. */
export function pauseAfter(attempts: number, random: () => number): number {
  return Math.round(Math.min(longestPauseMs, firstPauseMs * 4 ** (attempts - 1)) * random());
}

/** A hook that has only failed for so long, and so often, is switched off. */
export const hookFailingMs = 3 * 86_400_000;
export const hookFailingTries = 20;

/** Headers that are ours, or that belong to the connection: nobody gives them for themselves. */
const ownHeaders = new Set([
  'host',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'content-type',
  'content-encoding',
  'expect',
  'user-agent',
]);

/** What is wrong with the name or the value of a header of one's own; null: nothing. */
export function wrongHeader(name: string, value: string): string | null {
  if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/.test(name)) return 'has a name that is not one of a header: letters, digits and - only';
  if (ownHeaders.has(name.toLowerCase()) || name.toLowerCase().startsWith('webhook-')) return `may not hold ${name}: that one is set by Patchbay`;
  if (value.length > 1000 || !/^[\t\x20-\x7e]*$/.test(value))
    return `has a value of ${name} that is too long, or holds more than plain letters and signs`;
  return null;
}
