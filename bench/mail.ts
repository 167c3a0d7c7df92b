import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bareConfig } from '#bin/bare-config.ts';
import { startProduct } from '#bin/product.ts';
import { makeDkimKey } from '#channels/email/dkim.ts';
import { sendBare } from './bare-mail.ts';
import { startCatcherProcess } from './catcher-process.ts';
import { alternate, type Figure, figureOf, type MeasureAsk } from './figure.ts';
import { prepareMail } from './mail-product.ts';

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
    await using sender = await prepareMail({ product, smtpPort: catcher.smtpPort, pool, isSigned: dkim, signal });
    const accountId = await sender.addAccount('mail');
    const listId = await sender.addList('bench', mails);
    const key = dkim ? await makeDkimKey() : null;
    let mostCommitting = 0;
    const run = async (name: string) => {
      const leg = await sender.finish(await sender.start({ name, accountId, listId }));
      if (leg.sent !== mails) throw new Error(`only ${leg.sent} of ${mails} mails were sent`);
      return leg;
    };
    const ours = async (nth: number) => {
      const leg = await run(`leg ${nth}`);
      mostCommitting = Math.max(mostCommitting, leg.mostCommitting);
      say(`mail ${nth}: campaign ${Math.round(leg.perSecond)}/s, at most ${leg.mostCommitting} committing`);
      return leg.perSecond;
    };
    const bare = async (nth: number) => {
      const perSecond = await sendBare({ port: catcher.smtpPort, pool, mails, key });
      say(`mail ${nth}: bare loop ${Math.round(perSecond)}/s`);
      return perSecond;
    };
    // The first of each meets cold code, and people who are new contacts only once.
    await run('warm-up');
    await sendBare({ port: catcher.smtpPort, pool, mails, key });
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
