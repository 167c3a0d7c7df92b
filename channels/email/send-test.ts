import { randomUUID } from 'node:crypto';
import { mailOf } from './channel.ts';
import { compose } from './compose.ts';
import { signerOf, signMail } from './dkim.ts';
import type { MailSettings } from './settings.ts';
import { openTransport } from './transport.ts';

export type TestMail = { to: string; subject: string; text: string };

/** Sends one mail at once over a connection of its own and answers what the server said. */
export async function sendTestMail(settings: MailSettings, mail: TestMail): Promise<{ messageId: string; response: string; accepted: string[] }> {
  const transport = openTransport({ ...settings, pool: 1 });
  try {
    const message = {
      deliveryId: `test-${randomUUID()}`,
      to: { kind: 'email' as const, value: mail.to },
      subject: mail.subject,
      text: mail.text,
      commit: async () => undefined,
    };
    const composed = compose(mailOf(settings, message));
    const receipt = await transport.send(settings.dkim ? await signMail(composed, signerOf(settings.dkim)) : composed);
    return { messageId: receipt.messageId, response: receipt.response, accepted: receipt.accepted.map(String) };
  } finally {
    transport.close();
  }
}
