import { randomUUID } from 'node:crypto';
import type { Media } from '#core/channel.ts';
import { readyMail } from './channel.ts';
import { signerOf } from './dkim.ts';
import type { MailSettings } from './settings.ts';
import { openTransport } from './transport.ts';

export type TestMail = { to: string; subject: string; text: string; file?: Media };

/** Sends one mail at once over a connection of its own and answers what the server said. */
export async function sendTestMail(settings: MailSettings, mail: TestMail): Promise<{ messageId: string; response: string; accepted: string[] }> {
  const transport = openTransport({ ...settings, pool: 1 });
  try {
    const message = {
      deliveryId: `test-${randomUUID()}`,
      to: { kind: 'email' as const, value: mail.to },
      subject: mail.subject,
      text: mail.text,
      ...(mail.file && { media: mail.file }),
      commit: async () => undefined,
    };
    const receipt = await transport.send(await readyMail(settings, settings.dkim ? signerOf(settings.dkim) : null, message));
    return { messageId: receipt.messageId, response: receipt.response, accepted: receipt.accepted.map(String) };
  } finally {
    transport.close();
  }
}
