import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bareConfig } from '#bin/bare-config.ts';
import { startProduct } from '#bin/product.ts';
import { copyTemplate } from '#e2e/template.ts';
import { givenTemplate } from '#e2e/template-config.ts';
import { asMeta } from '#lab/graph/as-meta.ts';
import { type Lab, startLab } from '#lab/start.ts';

export type WholeProduct = AsyncDisposable & { url: string; lab: Lab };

/**
 * What `npm start` starts, on free ports and data of its own, beside the lab. Among specs its database is a copy of the migrated template; `npm start`
 * by itself with its own Postgres is `bin/start.browser.test.ts`.
 */
export async function startWholeProduct(): Promise<WholeProduct> {
  await using parts = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'patchbay dashboard '));
  parts.defer(() => rm(dataDir, { recursive: true, force: true }));
  const lab = parts.use(await startLab());
  const ours = { MAILCATCHER_URL: lab.mail.smtpUrl, DNS_SERVERS: lab.names.address, ADMITTED_ADDRESSES: '127.0.0.0/8' };
  const settings = { WORKER_SLOTS: '2', ...ours, ...asMeta(lab.graph), ...(await databaseOf(parts)) };
  const product = parts.use(await startProduct(bareConfig(dataDir, settings), () => undefined));
  const owned = parts.move();
  return { url: product.url, lab, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function databaseOf(parts: AsyncDisposableStack): Promise<Record<string, string>> {
  const adminUrl = givenTemplate();
  if (!adminUrl) return {};
  const { url, drop } = await copyTemplate(adminUrl);
  parts.defer(drop);
  return { DATABASE_URL: url, PATCHBAY_KEY: 'a key that only tests use, nowhere else' };
}
