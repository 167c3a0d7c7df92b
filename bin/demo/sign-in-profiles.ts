import type { Client } from '#core/api/client.ts';
import type { Lab } from '#lab/start.ts';
import { shopPhones } from './people.ts';
import type { Seeded } from './seed.ts';
import { until } from './until.ts';

type Context = { client: Client; lab: Lab; say: (line: string) => void; signal: AbortSignal };

/** Pairs the WhatsApp profiles as a person does, with the code that the dashboard shows and a phone that scans it; signs the XMPP profile in. */
export async function signInProfiles(context: Context, seeded: Seeded): Promise<void> {
  const { client, lab, say } = context;
  for (const [at, profileId] of seeded.profileIds.entries()) {
    const phone = shopPhones[at];
    if (!phone) continue;
    await control(lab, 'accounts', { ...phone, saved: false });
    await pair(context, profileId, phone.number);
    say(`${phone.name} scanned the QR code of its profile.`);
  }
  if (seeded.converseId && lab.converse.is === 'running') {
    const alice = lab.converse.accounts.find((account) => account.name === 'alice');
    await client.loginByPassword({ params: { id: seeded.converseId }, body: { username: 'alice', password: alice?.password ?? '', remember: true } });
    await untilReady(context, seeded.converseId);
    say('Alice signed in at Converse.js.');
  }
}

async function pair(context: Context, profileId: string, number: string): Promise<void> {
  const { client, lab, signal } = context;
  const shown = await until(
    'A QR code',
    async () => {
      const step = await client.loginByQr({ params: { id: profileId } });
      return step.qr ? step : null;
    },
    { seconds: 60, signal },
  );
  await control(lab, 'scan', { ref: shown.qr, number });
  await untilReady(context, profileId);
}

async function untilReady({ client, signal }: Context, profileId: string): Promise<void> {
  await until('The profile', async () => (await client.readProfile({ params: { id: profileId } })).state === 'ready', { seconds: 60, signal });
}

async function control(lab: Lab, path: string, body: object): Promise<void> {
  const response = await fetch(`${lab.whatsapp.control}/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`The stand-in refused ${path}: ${await response.text()}`);
}
