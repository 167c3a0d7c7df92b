import { createGuardedRequest } from '#channels/guarded-request.ts';

const ask = createGuardedRequest([]);

/** A page of a provider, within seconds and of a sane size; an answer that leads elsewhere is none. */
export async function fetchText(url: string): Promise<string> {
  const where = { url, method: 'GET' as const, headers: { 'user-agent': 'Patchbay' }, timeoutMs: 10_000, mostBytes: 100_000 };
  const reply = await ask(where, new AbortController().signal);
  if (reply.status < 200 || reply.status > 299) throw new Error(`${new URL(url).hostname} answered ${reply.status}`);
  return reply.body;
}
