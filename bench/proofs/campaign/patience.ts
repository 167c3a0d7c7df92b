import { answersOf, type Way } from './way.ts';

/** So long an answer may take before somebody gives up on it: a call of Graph waits for twelve seconds. */
const mostMs = 8000;
/** Long enough for a kill to come between an act and its proof. */
const leastMs = 150;

/** `atOnce`: how many of its messages are on their way at once. */
type Leg = { way: Way; left: number; atOnce: number };

/**
 * How slowly a stand-in answers so that its messages last as long as the kills do: what is still to go is spread over the kills that are still to
 * come, each of which takes so long.
 */
export function latencyFor({ way, left, atOnce }: Leg, { killsLeft, killMs }: { killsLeft: number; killMs: number }): number {
  const eachMs = (killMs * killsLeft * atOnce) / Math.max(1, left);
  return Math.round(Math.min(mostMs, Math.max(leastMs, eachMs)) / answersOf[way]);
}
