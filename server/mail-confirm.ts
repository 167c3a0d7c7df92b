import { Failure } from '#core/failure.ts';
import { askToConfirm, confirmPurpose, confirmToken, takeBackAsk } from '#sql/confirmations.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import type { WriteMail } from '#sql/double-opt-in.ts';
import type { Sealer } from '#sql/sealed.ts';
import type { Subscriber } from '#sql/subscriber-token.ts';
import { readSubscription } from '#sql/subscriptions.ts';
import { confirmTexts } from './confirm-texts.ts';
import type { MailParts } from './mail.ts';
import type { Said } from './subscription-page.ts';

type Ask = { subscriber: Subscriber; kind: 'export' | 'erase'; language: 'en' | 'ru'; now: Date };
export type MailConfirm = (ask: Ask) => Promise<Said>;
type LinkParts = { publicUrl: string; sealer: Pick<Sealer, 'derive'> };

/**
 * Sends the link that only whoever reads the mailbox gets. It goes at once and past the lane: who wants no messages may still ask what is known of
 * them, and this one they have asked for. No transaction waits for the mail server: one that lasts holds up every reader of the event log.
 */
export function createMailConfirm({ db, publicUrl, sealer, sendTest }: LinkParts & Pick<MailParts, 'sendTest'> & { db: Db }): MailConfirm {
  const key = sealer.derive(confirmPurpose);
  return async ({ subscriber, kind, language, now }) => {
    const { workspaceId, accountId } = subscriber;
    const asked = await inWorkspace(db, workspaceId, async (trx) => {
      const found = await readSubscription(trx, subscriber);
      if (!found?.mailbox) return 'nothing';
      const { contactId, mailbox, workspaceName } = found;
      const { id } = await askToConfirm(trx, { workspaceId, contactId, kind, accountId, address: mailbox, now });
      return { id, mailbox, workspaceName };
    }).catch((error: unknown) => {
      if (error instanceof Failure && error.code === 'too_many_requests') return 'asked_before' as const;
      throw error;
    });
    if (typeof asked === 'string') return asked;
    const { subject, text } = confirmTexts[language].mails[kind];
    const url = `${publicUrl}/c/${confirmToken({ workspaceId, id: asked.id }, key)}`;
    const filled = (line: string) => line.replaceAll('{name}', asked.workspaceName).replaceAll('{url}', url);
    const mail = { workspaceId, accountId, to: asked.mailbox, subject: filled(subject), text: filled(text) };
    await sendTest(mail, AbortSignal.timeout(20_000)).catch(async (error: unknown) => {
      await inWorkspace(db, workspaceId, (trx) => takeBackAsk(trx, asked.id));
      throw error;
    });
    return 'mailed';
  };
}

/** What somebody reads whom a list asks whether they want its mail. */
export function createOptInWriter({ publicUrl, sealer }: LinkParts): WriteMail {
  const key = sealer.derive(confirmPurpose);
  return ({ language, workspaceName }, link) => {
    const { subject, text } = confirmTexts[language].mails.opt_in;
    const filled = (line: string) => line.replaceAll('{name}', workspaceName).replaceAll('{url}', `${publicUrl}/c/${confirmToken(link, key)}`);
    return { subject: filled(subject), body: filled(text) };
  };
}
