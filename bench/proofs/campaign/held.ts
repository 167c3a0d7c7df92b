import type { Lab } from '#lab/start.ts';
import { messagesBetween } from '#lab/whatsapp/truth.ts';
import type { Way } from './way.ts';

/** A message of ours that a stand-in holds, by the address that it went to. Told by the stand-ins' own stores and nobody else. */
export type Held = { way: Way; address: string; isDelivered: boolean };

export async function heldBy({ whatsapp, graph, mail }: Lab): Promise<Held[]> {
  const onWeb = messagesBetween(whatsapp.lab, { via: 'web' });
  const onMeta = [...graph.lab.messages.values()].filter(({ direction }) => direction === 'out');
  const byMail = await mail.messages();
  return [
    ...onWeb.map(({ to, status }): Held => ({ way: 'web', address: `+${to}`, isDelivered: status !== 'sent' })),
    ...onMeta.map(({ customer, status }): Held => ({ way: 'meta', address: `+${customer}`, isDelivered: status === 'delivered' })),
    ...byMail.flatMap(({ envelope }) => envelope.to.map((address): Held => ({ way: 'mail', address, isDelivered: false }))),
  ];
}
