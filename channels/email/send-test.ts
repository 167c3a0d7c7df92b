import { randomUUID } from 'node:crypto';
import { mailOf } from './channel.ts';
import { mailFailure } from './mail-failure.ts';
import type { MailSettings } from './settings.ts';
import { MailWatch, openTransport } from './transport.ts';

export type TestMail = { to: string; subject: string; text: string };

/** Sends one mail at once over a connection of its own and answers what the server said. */
export async function sendTestMail(settings: MailSettings, mail: TestMail): Promise<{ messageId: string; response: string; accepted: string[] }> {
  const transport = openTransport({ ...settings, pool: 1 });
  const watch = new MailWatch();
  try {
    const message = {
      deliveryId: `test-${randomUUID()}`,
      to: { kind: 'email' as const, value: mail.to },
      subject: mail.subject,
      text: mail.text,
      commit: async () => undefined,
    };
    const composed = { ...mailOf(settings, message), watch };
    const info = await transport.sendMail(composed as Omit<typeof composed, 'watch'>); // The extra field is ours: see `MailWatch`.
    return { messageId: info.messageId, response: info.response, accepted: info.accepted.map(String) };
  } catch (error) {
    throw mailFailure(error, watch.progress);
  } finally {
    transport.close();
  }
}
