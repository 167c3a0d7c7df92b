import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { asFailure } from '#core/failure.ts';
import { connectPeer } from '#lab/converse/peer.ts';
import { type Lab, startLab } from '#lab/start.ts';
import { beginDemo, demoPerson } from './demo/begin.ts';
import { readDemoConfig } from './demo/config.ts';
import { differences, tallyOf, truthOf } from './demo/tally.ts';
import { until } from './demo/until.ts';
import { startProduct } from './product.ts';
import { whenToldToStop } from './until-stopped.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);

/** `npm run demo`: the main job before the viewer's eyes, on stand-ins of this machine; with `--exit` unattended, ending in one line of numbers. */
try {
  const config = readDemoConfig(process.argv.slice(2));
  const stopped = new AbortController();
  whenToldToStop(() => stopped.abort(new Error('The demo was stopped.')));
  await rm(config.start.dataDir, { recursive: true, force: true });
  await using lab = await startLab();
  if (lab.converse.is === 'missing') say(`Without the XMPP profile: ${lab.converse.why}`);
  await using product = await startProduct(config.start, say);
  say(`Patchbay is ready at ${product.url}`);
  say(
    `Sign in as ${demoPerson.email} with the password ${demoPerson.password}. The phones are at ${lab.whatsapp.phones}, the mails at ${lab.mail.webUrl}.`,
  );
  await using _friends = await friendsOnline(lab);
  const isTrue = await runCampaign({ lab, url: product.url, signal: stopped.signal, exits: config.exits });
  if (!config.exits && !stopped.signal.aborted) {
    say('Done. Patchbay keeps running until Ctrl+C.');
    await Promise.race([once(stopped.signal, 'abort'), product.lost]);
  } else if (!isTrue) process.exitCode = 1;
} catch (error) {
  process.stderr.write(
    `The demo ended early. ${asFailure(error).code === 'broken' && error instanceof Error ? error.message : asFailure(error).message}\n`,
  );
  process.exitCode = 1;
}

async function runCampaign({ lab, url, signal, exits }: { lab: Lab; url: string; signal: AbortSignal; exits: boolean }): Promise<boolean> {
  const begun = performance.now();
  const { client, seeded } = await beginDemo({ url, lab, say, signal });
  say('The campaign runs. Watch it on the wall, in its run page and in the inbox.');
  const seconds = () => Math.round((performance.now() - begun) / 1000);
  const state = async () => ({
    tally: await tallyOf(client, seeded.campaignId, seconds()),
    truth: await truthOf(lab),
    campaign: await client.readCampaign({ params: { id: seeded.campaignId } }),
  });
  const settled = await until(
    'The end of the campaign',
    async () => {
      const now = await state();
      return now.campaign.state === 'finished' && differences(now.tally, now.truth).length === 0 ? now : null;
    },
    { seconds: 1200, signal },
  ).catch(() => (signal.aborted ? null : state()));
  if (!settled) return false;
  const wrong = differences(settled.tally, settled.truth);
  for (const line of wrong) process.stderr.write(`${line}\n`);
  if (exits || wrong.length > 0) say(JSON.stringify(settled.tally));
  else
    say(
      `Sent ${settled.tally.sent}, delivered ${settled.tally.delivered}, read ${settled.tally.read}, failed ${settled.tally.failed}, replies ${settled.tally.replies} in ${settled.tally.seconds} s.`,
    );
  return wrong.length === 0;
}

/** Bob and Carol are online at the XMPP server; Bob answers. */
async function friendsOnline(lab: Lab): Promise<AsyncDisposable> {
  const online = new AsyncDisposableStack();
  if (lab.converse.is === 'running') {
    const { prosody } = lab.converse;
    const peers = await Promise.all(
      ['bob', 'carol'].map((user) =>
        connectPeer({ websocketUrl: prosody.websocketUrl, user, password: prosody.accounts.find((one) => one.name === user)?.password ?? '' }),
      ),
    );
    for (const peer of peers) online.use(peer);
    const [bob] = peers;
    bob?.onMessage((message) => void bob.send(message.from, 'Thanks, I will come by.').catch(() => undefined));
  }
  return online;
}
