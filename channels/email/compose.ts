import type { SendMailOptions } from 'nodemailer';
import type { Envelope } from 'nodemailer/lib/mime-node/index.js';
import { mailFailure } from './mail-failure.ts';
import { nodemailer } from './nodemailer.ts';

/** A mail as it goes over the line: nothing about it can fail any more, and a connection waits for nothing. */
export type ReadyMail = { envelope: Envelope; messageId: string; raw: Buffer };

/** Throws `mail_refused` for what cannot be put into a mail. */
export async function compose(mail: SendMailOptions & { messageId: string }): Promise<ReadyMail> {
  try {
    const composed = new (nodemailer().MailComposer)(mail).compile();
    return { envelope: composed.getEnvelope(), messageId: mail.messageId, raw: await composed.build() };
  } catch (error) {
    throw mailFailure(error, 'unsent');
  }
}
