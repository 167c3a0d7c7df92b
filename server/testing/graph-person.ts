import type { Reply, TestServer } from './start-test-server.ts';

type Agreeing = {
  answer?: 'yes' | 'no';
  pages?: string[];
  /** What the person does not allow. */
  without?: string[];
};
export type SentBack = { url: URL; cookie: string; begun: Reply };

/** A person who has begun a log-in and says yes or no in the platform's dialog; where the platform then sends the browser, and with which cookie. */
export async function agree(begun: Reply, { answer = 'yes', pages = [], without = [] }: Agreeing = {}): Promise<SentBack> {
  const dialog = new URL(begun.body.url);
  const form = new URLSearchParams(dialog.search);
  for (const scope of dialog.searchParams.get('scope')?.split(',') ?? []) if (!without.includes(scope)) form.append('granted', scope);
  for (const page of pages) form.append('pages', page);
  form.set('answer', answer);
  const reply = await fetch(dialog, { method: 'POST', body: form, redirect: 'manual' });
  const cookie = begun.headers.get('set-cookie')?.split(';')[0] ?? '';
  return { url: new URL(reply.headers.get('location') ?? 'about:blank'), cookie, begun };
}

/** The browser follows; what stands behind the hash stays with it. */
export const comeBack = (server: TestServer, { url, cookie }: SentBack, headers: Record<string, string> = {}): Promise<Reply> =>
  server.call('GET', `${url.pathname}${url.search}`, { headers: { accept: 'application/json', cookie, 'sec-fetch-site': 'cross-site', ...headers } });
