import { z } from 'zod';
import { Failure, type FailureCode, failures } from '#core/failure.ts';
import type { Sealer } from '#sql/sealed.ts';

export type HostAddress = { url: string; sealedSecret: Buffer };

/** A login may launch a browser and fill in a form; the worker itself gives up a little earlier. */
const longestMs = 100_000;

/** Asks a worker at its private address. Throws the failure that it answers with, `timed_out`, or `no_host` when nothing answers there. */
export async function askHost(
  { url, sealedSecret }: HostAddress,
  sealer: Sealer,
  { path, body, signal }: { path: string; body: unknown; signal: AbortSignal },
): Promise<Response> {
  const response = await fetch(new URL(path, url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${sealer.openText(sealedSecret)}` },
    body: JSON.stringify(body),
    signal: AbortSignal.any([signal, AbortSignal.timeout(longestMs)]),
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    const isLate = error instanceof DOMException && error.name === 'TimeoutError';
    throw new Failure(isLate ? 'timed_out' : 'no_host', undefined, { cause: error });
  });
  if (!response.ok) throw failureIn(await response.json().catch(() => null));
  return response;
}

const FailureReply = z.object({ error: z.object({ code: z.string(), message: z.string(), fields: z.record(z.string(), z.string()).optional() }) });

/** A worker answers with codes of the same table; anything else is a bug on its side. */
function failureIn(body: unknown): Failure {
  const read = FailureReply.safeParse(body);
  if (!read.success) return new Failure('broken');
  const { code, message, fields } = read.data.error;
  const isKnown = (name: string): name is FailureCode => name in failures;
  return isKnown(code) ? new Failure(code, message, { fields }) : new Failure('broken', message);
}
