import { randomUUID } from 'node:crypto';
import type { Incoming } from '#core/channel.ts';
import type { Trx } from '#sql/database.ts';
import { ingest } from '#sql/ingest.ts';

type Place = { inside: <T>(work: (trx: Trx) => Promise<T>) => Promise<T>; workspaceId: string; accountId: string };

/** What somebody writes, and what a person answers them on the messenger itself, as it is read from there. */
export function talkWith({ inside, workspaceId, accountId }: Place, who = `anna${randomUUID()}@example.org`) {
  const said = (at: string, more: Partial<Incoming>) =>
    inside(async (trx) => {
      const message = {
        peer: { kind: 'jid', value: who, name: 'Anna' },
        conversation: who,
        platformId: randomUUID(),
        kind: 'text',
        text: 'Hello',
        at,
        ...more,
      };
      const [row] = await ingest(trx, { workspaceId, accountId, now: new Date(at), messages: [message as Incoming] });
      return row ?? { conversationId: '', contactId: '' };
    });
  return {
    hear: (at: string) => said(at, { direction: 'in', status: null }),
    answer: (at: string) => said(at, { direction: 'out', status: 'sent' }),
  };
}
