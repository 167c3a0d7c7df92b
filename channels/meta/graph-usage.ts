import { z } from 'zod';

/** How much of what may be asked in an hour is used up, in percent, and when calls are welcome again, where an answer says so. */
export type GraphUsage = { percent: number; regainAt: Date | null };

const Share = z.coerce.number().catch(0);
const Shares = z.object({ call_count: Share, total_cputime: Share, total_time: Share }).partial();
const UseCases = z.record(z.string(), z.array(Shares.extend({ estimated_time_to_regain_access: Share.optional() })));

/** Of all that the headers name (the app, each business in each use), the one that ends first. Times are in seconds, or in minutes for a business. */
export function usageOf(headers: Headers, now: Date): GraphUsage {
  const app = Shares.safeParse(readJson(headers.get('x-app-usage'))).data ?? {};
  const businesses = Object.values(UseCases.safeParse(readJson(headers.get('x-business-use-case-usage'))).data ?? {}).flat();
  const shares = [app, ...businesses].flatMap(({ call_count = 0, total_cputime = 0, total_time = 0 }) => [call_count, total_cputime, total_time]);
  const minutes = Math.max(0, ...businesses.map((one) => one.estimated_time_to_regain_access ?? 0));
  const retryAfter = Number(headers.get('retry-after') ?? 0);
  const seconds = Math.max(Number.isFinite(retryAfter) ? retryAfter : 0, minutes * 60);
  return { percent: Math.max(0, ...shares), regainAt: seconds > 0 ? new Date(now.getTime() + seconds * 1000) : null };
}

/** From three quarters on the account rests after each message, longer with each percent: Meta counts a moving hour, so nothing is refused meanwhile. */
const slowFrom = 75;
const secondsPerPercent = 2;
const fullSeconds = 300;

export function restAfter({ percent, regainAt }: GraphUsage, now: Date): Date | null {
  if (regainAt) return regainAt;
  if (percent <= slowFrom) return null;
  const seconds = percent >= 100 ? fullSeconds : (percent - slowFrom) * secondsPerPercent;
  return new Date(now.getTime() + seconds * 1000);
}

function readJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
