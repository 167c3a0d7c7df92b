import { createTransport } from 'nodemailer';
import type SMTPPool from 'nodemailer/lib/smtp-pool/index.js';
import type { NewDkimKey } from '#channels/email/dkim.ts';
import { mailDomain } from './mail-product.ts';
import { personOf, textsOf } from './mail-texts.ts';

type Ask = { port: number; pool: number; mails: number; key: NewDkimKey | null };

/**
 * What a script without any of the promises would do: all mails to a pool of the same size, which takes them one after another. Answers mails
 * per second, from the first that the server took to the last.
 */
export async function sendBare({ port, pool, mails, key }: Ask): Promise<number> {
  const options = { pool: true, host: '127.0.0.1', port, secure: false, ignoreTLS: true, maxConnections: pool, maxMessages: 100, maxRequeues: 0 };
  const dkim = key && { domainName: mailDomain, keySelector: key.selector, privateKey: key.privateKey };
  const transport = createTransport({ ...options, ...(dkim ? { dkim } : {}) } as SMTPPool.Options); // `maxRequeues` is newer than the published types.
  let first = 0;
  let last = 0;
  const send = async (nth: number) => {
    const { name, address } = personOf(nth);
    const { subject, text, html } = textsOf(nth);
    await transport.sendMail({ from: { name: '', address: `bench@${mailDomain}` }, to: { name, address }, subject, text, html });
    last = performance.now();
    first ||= last;
  };
  try {
    await Promise.all(Array.from({ length: mails }, (_, nth) => send(nth)));
  } finally {
    transport.close();
  }
  return (mails - 1) / ((last - first) / 1000);
}
