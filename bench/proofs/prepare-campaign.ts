import { shopPhones } from '#bin/demo/people.ts';
import { signInProfiles } from '#bin/demo/sign-in-profiles.ts';
import { until } from '#bin/demo/until.ts';
import type { Client } from '#core/api/client.ts';
import type { Lab } from '#lab/start.ts';

type Ask = { client: Client; lab: Lab; signal: AbortSignal; recipients: number };
export type Prepared = { campaignId: string; profileNames: string[] };

const ceilings = { perMinute: 10_000, perHour: 100_000, perDay: 1_000_000, newContactsPerDay: 10_000, perRecipientPerDay: 1000, warmUp: false };
const pace = { mode: 'compressed', speed: 200, gapSpeed: 100_000 } as const;

/** A WhatsApp profile, one at Converse.js, one mail account, and people for each: three in four on WhatsApp. Each kill starts both browsers again. */
export async function prepareCampaign({ client, lab, signal, recipients }: Ask): Promise<Prepared> {
  await client.changeWorkspace({ body: { settings: { quietHours: null, ceilings: { web: ceilings, email: ceilings }, pace } } });
  const web = { channel: 'whatsapp-web', baseUrl: lab.whatsapp.url };
  const profiles = [await client.addProfile({ body: { ...web, name: 'one' } })];
  const converse =
    lab.converse.is === 'running' ? await client.addProfile({ body: { channel: 'converse', name: 'xmpp', baseUrl: lab.converse.url } }) : null;
  const mail = await client.addMailAccount({
    body: { name: 'mail', useCatcher: true, host: '127.0.0.1', port: lab.mail.smtpPort, security: 'none', fromAddress: 'proof@example.com', pool: 4 },
  });
  const template = await client.addTemplate({ body: { name: 'proof', subject: 'Proof', body: 'Message for {{name}}, and only one.' } });
  const list = await client.addList({ body: { name: 'proof' } });
  await addPeople({ client, lab, signal, recipients }, list.id);
  const profileIds = profiles.map((profile) => profile.id);
  const seeded = { profileIds, converseId: converse?.id ?? null, mailId: mail.id, campaignId: '', listId: list.id, rejected: 0 };
  await signInProfiles({ client, lab, say: () => undefined, signal }, seeded);
  const senderIds = [...profileIds, ...(converse ? [converse.id] : []), mail.id];
  const campaign = await client.addCampaign({ body: { name: 'proof', templateId: template.id, senderIds, audience: { listIds: [list.id] } } });
  // The acknowledgement takes a moment, as on a real line: the time between the commit and its proof is what the kills aim at.
  for (const phone of shopPhones) {
    const account = lab.whatsapp.lab.accounts.get(phone.number);
    if (account) account.faults.latencyMs = 150;
  }
  lab.mail.setFaults({ latencyMs: 300 });
  return { campaignId: campaign.id, profileNames: ['one', 'xmpp'] };
}

async function addPeople({ client, lab, signal, recipients }: Ask, listId: string): Promise<void> {
  const rows = ['phone,email,name'];
  for (let n = 0; n < recipients; n += 1) {
    const isMail = n % 4 === 3;
    const phone = `+49155${String(55_100_000 + n)}`;
    rows.push(isMail ? `,person${n}@example.org,Person ${n}` : `${phone},,Person ${n}`);
    if (!isMail) {
      const number = phone.slice(1);
      lab.whatsapp.lab.peers.set(number, {
        number,
        name: '',
        saved: false,
        onWhatsApp: true,
        deliveredAfterMs: 200,
        readsAfterMs: null,
        repliesWith: null,
        replyAfterMs: 0,
        repliesTimes: 0,
      });
    }
  }
  const started = await client.startImport({ params: { id: listId }, body: {}, file: { name: 'people.csv', content: new Blob([rows.join('\n')]) } });
  const done = await until(
    'The import',
    async () => {
      const now = await client.readImport({ params: { id: started.id } });
      return now.state === 'running' ? null : now;
    },
    { seconds: 60, signal },
  );
  if (done.added !== recipients) throw new Error(`only ${done.added} of ${recipients} people were imported`);
  if (lab.converse.is !== 'running') return;
  for (const name of ['bob', 'carol', 'dave', 'erin']) await client.addEntry({ params: { id: listId }, body: { name, jid: `${name}@localhost` } });
}
