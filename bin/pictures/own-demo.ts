import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signUp } from '#bin/demo/http-client.ts';
import { settlePeople } from '#bin/demo/people.ts';
import { seedWorkspace } from '#bin/demo/seed.ts';
import { signInProfiles } from '#bin/demo/sign-in-profiles.ts';
import { until } from '#bin/demo/until.ts';
import { startProduct } from '#bin/product.ts';
import { readStartConfig } from '#bin/start-config.ts';
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
  const own = { DATA_DIR: dataDir, DATABASE_URL: undefined, PATCHBAY_KEY: undefined, PORT: '0', WORKER_SLOTS: '5' };
  const product = parts.use(await startProduct(readStartConfig({ ...readStartConfig().env, ...own }), say));
  settlePeople(lab);
  const client = await signUp(product.url, { ...person, name: 'Dana Demo', workspace: 'Demo shop', zone: 'Europe/Berlin' });
  const context = { client, lab, say, signal };
  const seeded = await seedWorkspace(context);
  await signInProfiles(context, seeded);
  const params = { id: seeded.campaignId };
  await client.startCampaign({ params });
  const isUnderWay = async () => {
    const { counts } = await client.readCampaign({ params });
    return counts.replies > 0 && counts.sent + counts.delivered + counts.read > sentBefore;
  };
  await until('The first messages', isUnderWay, { seconds: 300, signal });
  const owned = parts.move();
  return { url: product.url, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
