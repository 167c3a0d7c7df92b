import { Failure } from '#core/failure.ts';
import type { Run } from './run.ts';
import { abortable } from './wait.ts';

const loadMs = 45_000;

/** Goes to a path below the base URL. Without `fresh` a page that is there already stays as it is. */
export async function visit(run: Run, path: string, { fresh }: { fresh: boolean }): Promise<void> {
  const { page, signal } = run.eyes;
  const target = new URL(path.replace(/^\//, ''), run.baseUrl.endsWith('/') ? run.baseUrl : `${run.baseUrl}/`);
  const here = page.url();
  const isThere = here.startsWith('http') && samePlace(new URL(here), target);
  if (isThere && !fresh) return;
  run.ear.forget();
  const isReload = fresh && here.startsWith('http') && here.split('#')[0] === target.href.split('#')[0];
  const loading = { timeout: loadMs, waitUntil: 'domcontentloaded' } as const;
  if (isReload && target.hash === new URL(here).hash) {
    await check(await abortable(page.reload(loading), signal));
    return;
  }
  // Going from one fragment to another loads nothing, and the page that is there may take the new one and change it; `fresh` means a load.
  if (isReload) await abortable(page.goto('about:blank', loading), signal);
  await check(await abortable(page.goto(target.href, loading), signal));
}

/** A path without a fragment is reached wherever the app has gone by fragments of its own. */
function samePlace(here: URL, target: URL): boolean {
  const isSamePage = here.origin === target.origin && here.pathname === target.pathname && here.search === target.search;
  return isSamePage && (target.hash === '' || here.hash === target.hash);
}

/** A plain-HTTP page behind a dead proxy "loads" with a status of 590 to 599 (proxy-chain). */
async function check(response: { status(): number } | null): Promise<void> {
  const status = response?.status() ?? 200;
  if (status >= 590) throw new Failure('proxy_dead');
  if (status >= 500) throw new Failure('site_unreachable', `The messenger’s site answered with ${status}.`);
}
