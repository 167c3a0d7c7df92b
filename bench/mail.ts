import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import type SMTPPool from 'nodemailer/lib/smtp-pool/index.js';
import { bareConfig } from '#bin/bare-config.ts';
import { startProduct } from '#bin/product.ts';
import { makeDkimKey, type NewDkimKey } from '#channels/email/dkim.ts';
import { startCatcherProcess } from './catcher-process.ts';
import { alternate, type Figure, figureOf, type MeasureAsk } from './figure.ts';
import { prepareMail } from './mail-product.ts';
import { personOf, textsOf } from './mail-texts.ts';

/** The most connections that the contract allows for an account. */
const pool = 20;
const usualMails = 2000;
const promised = { plain: 0.8, signed: 0.9 } as const;

/**
 * Mails per second, from the first that the server took to the last: a campaign through product, worker and database, against a bare loop
 * over a pool of the same size. Both write to one catcher, a process of its own.
 */
export async function measureMail({ pairs, size, dkim, say, signal }: MeasureAsk): Promise<Figure> {
  const mails = size ?? usualMails;
  const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-bench-'));
  try {
    await using catcher = await startCatcherProcess();
    await using product = await startProduct(bareConfig(dataDir), () => undefined);
    await using sender = await prepareMail({ product, smtpPort: catcher.smtpPort, pool, people: mails, isSigned: dkim, signal });
    const key = dkim ? await makeDkimKey() : null;
    let mostCommitting = 0;
    const ours = async (nth: number) => {
      const leg = await sender.run(`leg ${nth}`);
      mostCommitting = Math.max(mostCommitting, leg.mostCommitting);
      say(`mail ${nth}: campaign ${Math.round(leg.perSecond)}/s, at most ${leg.mostCommitting} committing`);
      return leg.perSecond;
    };
    const bare = async (nth: number) => {
      const perSecond = await sendBare(catcher.smtpPort, mails, key);
      say(`mail ${nth}: bare loop ${Math.round(perSecond)}/s`);
      return perSecond;
    };
    // The first of each meets cold code, and people who are new contacts only once.
    await sender.run('warm-up');
    await sendBare(catcher.smtpPort, mails, key);
    const measured = await alternate(pairs, ours, bare);
    if (mostCommitting > pool) throw new Error(`${mostCommitting} deliveries were committing at once, with ${pool} connections`);
    return figureOf({
      name: dkim ? 'mail with DKIM' : 'mail',
      unit: 'mails per second',
      pairs: measured,
      promised: dkim ? promised.signed : promised.plain,
      notes: { 'mails per leg': mails, pool, 'most committing': mostCommitting },
    });
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** What a script without any of the promises would do: all mails to the pool, which takes them one after another. */
async function sendBare(port: number, mails: number, key: NewDkimKey | null): Promise<number> {
  const options = { pool: true, host: '127.0.0.1', port, secure: false, ignoreTLS: true, maxConnections: pool, maxMessages: 100, maxRequeues: 0 };
  const dkim = key && { domainName: 'example.com', keySelector: key.selector, privateKey: key.privateKey };
  const transport = createTransport({ ...options, ...(dkim ? { dkim } : {}) } as SMTPPool.Options); // `maxRequeues` is newer than the published types.
  let first = 0;
  let last = 0;
  const send = async (nth: number) => {
    const { name, address } = personOf(nth);
    const { subject, text, html } = textsOf(nth);
    await transport.sendMail({ from: { name: '', address: 'bench@example.com' }, to: { name, address }, subject, text, html });
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
