import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bareConfig } from '#bin/bare-config.ts';
import { startProduct } from '#bin/product.ts';
import { asMeta } from '#lab/graph/as-meta.ts';
import { type Lab, startLab } from '#lab/start.ts';

export type WholeProduct = AsyncDisposable & { url: string; lab: Lab };

/** What `npm start` starts, on free ports and data of its own, beside the lab. */
export async function startWholeProduct(): Promise<WholeProduct> {
  await using parts = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'patchbay dashboard '));
  parts.defer(() => rm(dataDir, { recursive: true, force: true }));
  const lab = parts.use(await startLab());
  const ours = { MAILCATCHER_URL: lab.mail.smtpUrl, DNS_SERVERS: lab.names.address, ADMITTED_ADDRESSES: '127.0.0.0/8' };
  const settings = { WORKER_SLOTS: '2', ...ours, ...asMeta(lab.graph) };
  const product = parts.use(await startProduct(bareConfig(dataDir, settings), () => undefined));
  const owned = parts.move();
  return { url: product.url, lab, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
