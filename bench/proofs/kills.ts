import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bareConfig } from '#bin/bare-config.ts';
import { signUp } from '#bin/demo/http-client.ts';
import { until } from '#bin/demo/until.ts';
import { startProduct } from '#bin/product.ts';
import { startLab } from '#lab/start.ts';
import { judge } from './judge.ts';
import { killWorkers } from './kill-workers.ts';
import type { ProofOptions } from './options.ts';
import { prepareCampaign } from './prepare-campaign.ts';

const withoutConfirm = fileURLToPath(new URL('./worker-without-confirm.ts', import.meta.url));
const person = { email: 'proof@patchbay.test', password: 'proof-of-never-twice', name: 'Proof', workspace: 'Proof', zone: 'UTC' };

/**
 * A campaign over WhatsApp, XMPP and mail while the worker is killed again and again, each time with something `committing`: first at each
 * step of a send, then at random moments. Then the stand-ins' own stores are compared with what the product says. Answers what is wrong.
 */
export async function proveKills(options: ProofOptions): Promise<string[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-proof-'));
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort(new Error('stopped')));
  try {
    await using lab = await startLab();
    const config = bareConfig(dataDir, { WORKER_SLOTS: '4', WORKER_CONCURRENCY: '6' });
    await using product = await startProduct(config, () => undefined, {
      ...(options.switchOff === 'confirm' ? { program: withoutConfirm } : {}),
      // It is killed again and again on purpose: nothing is learned while it is left alone.
      mostPauseMs: 0,
    });
    const client = await signUp(product.url, person);
    const prepared = await prepareCampaign({ client, lab, signal: stop.signal, recipients: options.kills * 4 + 40 });
    await client.startCampaign({ params: { id: prepared.campaignId } });
    const kills = await killWorkers({ product, lab, client, campaignId: prepared.campaignId, options, signal: stop.signal });
    console.log(`killed ${kills.total} times: ${JSON.stringify(kills.at)}, and ${kills.missed} times too late to count`);
    const wanted = options.kills + (options.isShare ? 2 : 5);
    if (kills.total < wanted) return [`only ${kills.total} of ${wanted} kills: the campaign ended before`];
    await until('The end of the campaign', async () => (await client.readCampaign({ params: { id: prepared.campaignId } })).state === 'finished', {
      seconds: 1800,
      signal: stop.signal,
    });
    return await judge({ client, lab, campaignId: prepared.campaignId, profileNames: prepared.profileNames });
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
