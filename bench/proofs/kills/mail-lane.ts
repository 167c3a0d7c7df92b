import { importPeople } from '#bench/import-people.ts';
import { type Lane, patiently } from './lane.ts';
import type { Stage } from './stage.ts';

/** A campaign of some seconds: when nothing of it waits any more, the next one is started. */
const people = 40;

/** A mail account and campaigns that keep it busy. A crash leaves at most a pool of uncertain mails. */
export async function addMailLane(stage: Stage): Promise<Lane> {
  const { client, lab, signal } = stage;
  const { id: accountId } = await client.addMailAccount({
    body: { name: 'mail', useCatcher: true, host: '127.0.0.1', port: lab.mail.smtpPort, security: 'none', fromAddress: 'proof@example.com', pool: 4 },
  });
  const template = await client.addTemplate({ body: { name: 'proof', subject: 'Proof', body: 'Message for {{name}}, and only one.' } });
  const list = await client.addList({ body: { name: 'proof' } });
  const rows = Array.from({ length: people }, (_, n) => `person${n}@example.org,Person ${n}`);
  await importPeople(client, { listId: list.id, lines: ['email,name', ...rows], signal });
  lab.mail.setFaults({ latencyMs: 300 });
  let count = 0;
  return {
    pack: 'mail',
    accountId,
    // No browser drives a mail, so it comes to no other points.
    points: ['claimed', 'booking', 'booked', 'proven'],
    async fill() {
      const waits = await patiently(stage, () => client.listLogs({ query: { accountId, state: 'planned', limit: 1 } }));
      if (waits.rows.length > 0) return;
      count += 1;
      const body = { name: `proof ${count}`, templateId: template.id, senderIds: [accountId], audience: { listIds: [list.id] } };
      const campaign = await patiently(stage, () => client.addCampaign({ body }));
      await patiently(stage, () => client.startCampaign({ params: { id: campaign.id } }));
    },
    held: async () => lab.mail.deliveries(),
  };
}
