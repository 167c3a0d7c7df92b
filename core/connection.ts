import { z } from 'zod';
import { endOfGraphVersion } from './graph-version.ts';

/** `expired` and `broken` need a person: nothing goes out or comes in until the account is connected again. */
export const ConnectionState = z.enum(['connected', 'expires_soon', 'expired', 'broken', 'disconnected']);
export type ConnectionState = z.output<typeof ConnectionState>;

/** How a token was got: by log-in at Facebook or Instagram, or given by a person. */
export const ConnectionLogin = z.enum(['facebook', 'instagram', 'token']);
export type ConnectionLogin = z.output<typeof ConnectionLogin>;

const day = 86_400_000;
/** People are told so long before something ends. */
const warnDays = 14;
/** Instagram gives a token 60 days more, when it is a day old and has not ended: early enough that many tries may fail. */
const refreshDays = { oldEnough: 1, whenLeft: 20 };

export type ConnectionFacts = {
  disconnectedAt: Date | null;
  brokenAt: Date | null;
  tokenEndsAt: Date | null;
  dataEndsAt: Date | null;
  graphVersion: string;
};

/** What ends first: the token, the app's sight of the person's data, or the version of Graph. */
export function endOfConnection({ tokenEndsAt, dataEndsAt, graphVersion }: ConnectionFacts): { what: 'token' | 'data' | 'version'; at: Date } | null {
  const all = [
    { what: 'token' as const, at: tokenEndsAt },
    { what: 'data' as const, at: dataEndsAt },
    { what: 'version' as const, at: endOfGraphVersion(graphVersion) },
  ].flatMap(({ what, at }) => (at ? [{ what, at }] : []));
  return all.toSorted((a, b) => a.at.getTime() - b.at.getTime())[0] ?? null;
}

export function connectionStateOf(facts: ConnectionFacts, now: Date): ConnectionState {
  if (facts.disconnectedAt) return 'disconnected';
  if (facts.tokenEndsAt && facts.tokenEndsAt <= now) return 'expired';
  if (facts.brokenAt) return 'broken';
  const end = endOfConnection(facts);
  return end && end.at.getTime() - now.getTime() <= warnDays * day ? 'expires_soon' : 'connected';
}

/** Whether the platform may be asked for a longer life of this token now. Only tokens of an Instagram log-in are refreshed. */
export function mayRefresh(token: { login: ConnectionLogin; tokenAt: Date | null; tokenEndsAt: Date | null }, now: Date): boolean {
  const { login, tokenAt, tokenEndsAt } = token;
  if (login !== 'instagram' || !tokenEndsAt || tokenEndsAt <= now) return false;
  const isOldEnough = tokenAt === null || now.getTime() - tokenAt.getTime() >= refreshDays.oldEnough * day;
  return isOldEnough && tokenEndsAt.getTime() - now.getTime() < refreshDays.whenLeft * day;
}
