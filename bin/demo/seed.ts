import { readFile } from 'node:fs/promises';
import type { Client } from '#core/api/client.ts';
import type { Lab } from '#lab/start.ts';
import { seedAutomation } from './automate.ts';
import { denyListedPhone } from './people.ts';
import { until } from './until.ts';

type Context = { client: Client; lab: Lab; say: (line: string) => void; signal: AbortSignal };
export type Seeded = { profileIds: string[]; converseId: string | null; mailId: string; campaignId: string; listId: string; rejected: number };

/** Typing twenty times as fast as a person and hardly any gap: the viewer should see the end of it. */
const pace = { mode: 'compressed', speed: 25, gapSpeed: 600 } as const;
const ceilings = { perMinute: 10_000, perHour: 100_000, perDay: 1_000_000, newContactsPerDay: 10_000, perRecipientPerDay: 1000, warmUp: false };
const notice = 'Demo: compressed pace, no quiet hours, raised ceilings. Everything is sent to stand-ins on this machine.';
/** What every message of the campaign says, and no other. */
export const saleWords = 'our autumn sale';
const template = {
  name: 'Autumn sale',
  subject: 'Autumn sale, {{first_name}}',
  body: `Hello {first_name}, ${saleWords} in {{default city "your town"}} starts on Friday. Reply STOP to hear no more from us.`,
};

/** Lays out the workspace of the demo: its rules, accounts, list, template and campaign. Nothing is sent yet. */
export async function seedWorkspace({ client, lab, say, signal }: Context): Promise<Seeded> {
  await client.changeWorkspace({
    body: { settings: { quietHours: null, ceilings: { web: ceilings, email: ceilings }, pace, reading: 'unread', notice } },
  });
  const wa = { channel: 'whatsapp-web', baseUrl: lab.whatsapp.url };
  const shop = await client.addProfile({ body: { ...wa, name: 'WhatsApp Berlin' } });
  const support = await client.addProfile({ body: { ...wa, name: 'WhatsApp Support' } });
  const converse =
    lab.converse.is === 'running' ? await client.addProfile({ body: { channel: 'converse', name: 'XMPP Alice', baseUrl: lab.converse.url } }) : null;
  const mail = await client.addMailAccount({
    body: {
      name: 'Newsletter',
      useCatcher: true,
      host: '127.0.0.1',
      port: lab.mail.smtpPort,
      security: 'none',
      fromName: 'The Shop',
      fromAddress: 'shop@example.com',
      pool: 10,
    },
  });
  await seedAutomation(client, lab);
  await openMailBox({ client, lab, say, signal }, mail.id);
  const { id: templateId } = await client.addTemplate({ body: template });
  const list = await client.addList({ body: { name: 'Autumn 2026' } });
  const imported = await importRecipients({ client, lab, say, signal }, list.id);
  if (converse) {
    for (const [name, jid] of [
      ['Bob', 'bob@localhost'],
      ['Carol', 'carol@localhost'],
    ] as const)
      await client.addEntry({ params: { id: list.id }, body: { name, jid } });
  }
  await client.addRule({ body: { effect: 'deny', kind: 'phone', value: denyListedPhone, note: 'asked by letter not to be written to' } });
  const senderIds = [shop.id, support.id, ...(converse ? [converse.id] : []), mail.id];
  const campaign = await client.addCampaign({ body: { name: 'Autumn sale', templateId, senderIds, audience: { listIds: [list.id] } } });
  return {
    profileIds: [shop.id, support.id],
    converseId: converse?.id ?? null,
    mailId: mail.id,
    campaignId: campaign.id,
    listId: list.id,
    rejected: imported,
  };
}

/** Replies by mail are read from the stand-in's mailbox; it is opened once before anything is sent, because what lies there already is no reply. */
async function openMailBox({ client, lab, signal }: Context, mailId: string): Promise<void> {
  const box = { host: '127.0.0.1', port: lab.mail.imapPort, security: 'none', username: 'shop@example.com', password: 'any' } as const;
  await client.setMailBox({ params: { id: mailId }, body: box });
  const isRead = async () => (await client.readMailIn({ params: { id: mailId } })).box?.readAt ?? null;
  await until('The first look into the mailbox', isRead, { seconds: 120, signal });
}

/** Who is on the list of the demo agreed to it, so that its campaign may write to them. */
const basis = { source: 'purchase', date: '2026-09-01', evidence: 'order form of the shop, box ticked' } as const;

async function importRecipients({ client, say, signal }: Context, listId: string): Promise<number> {
  const file = await readFile(new URL('../../examples/recipients.xlsx', import.meta.url));
  const started = await client.startImport({ params: { id: listId }, body: { basis }, file: { name: 'recipients.xlsx', content: new Blob([file]) } });
  const done = await until(
    'The import',
    async () => {
      const now = await client.readImport({ params: { id: started.id } });
      return now.state === 'running' ? null : now;
    },
    { seconds: 120, signal },
  );
  if (done.state !== 'done') throw new Error(`The import failed: ${done.error ?? 'no reason was given'}`);
  say(`Imported examples/recipients.xlsx: ${done.added} people, ${done.rejected} rows rejected with their reasons, ${done.duplicates} duplicates.`);
  return done.rejected;
}
