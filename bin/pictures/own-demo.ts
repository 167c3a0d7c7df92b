import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bareConfig } from '#bin/bare-config.ts';
import { beginDemo } from '#bin/demo/begin.ts';
import { until } from '#bin/demo/until.ts';
import { startProduct } from '#bin/product.ts';
import { startLab } from '#lab/start.ts';

type Person = { email: string; password: string };
type Say = (line: string) => void;

/** Enough to fill the screens, with an answer in the inbox, and still under way. */
const sentBefore = 70;

/** The demo's workspace on data of its own, with its campaign half done: for pictures where no demo runs. */
export async function startOwnDemo(person: Person, say: Say, signal: AbortSignal): Promise<AsyncDisposable & { url: string }> {
  await using parts = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-pictures-'));
  parts.defer(() => rm(dataDir, { recursive: true, force: true }));
  const lab = parts.use(await startLab());
  const product = parts.use(await startProduct(bareConfig(dataDir, { WORKER_SLOTS: '5' }), say));
  const { client, seeded } = await beginDemo({ url: product.url, lab, say, signal, person });
  const params = { id: seeded.campaignId };
  const isUnderWay = async () => {
    const { counts } = await client.readCampaign({ params });
    return counts.replies > 0 && counts.sent + counts.delivered + counts.read > sentBefore;
  };
  await until('The first messages', isUnderWay, { seconds: 300, signal });
  const owned = parts.move();
  return { url: product.url, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
