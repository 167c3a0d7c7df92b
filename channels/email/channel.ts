import type { AccountRef, Capabilities, Channel, Outgoing } from '#core/channel.ts';
import { Failure } from '#core/failure.ts';
import { compose, type Mail, type ReadyMail } from './compose.ts';
import { type DkimSigner, signerOf, signMail } from './dkim.ts';
import { domainOf, type MailSettings } from './settings.ts';
import { type MailTransport, openTransport } from './transport.ts';
import { returnPathOf } from './verp.ts';

export type EmailChannel = Channel & { close(): Promise<void> };
type Open = { settings: MailSettings; signer: DkimSigner | null; transport: MailTransport; readAt: number };

/** Settings are read again after this long, so that a change in the dashboard takes hold. */
const settingsMs = 5000;

/** Mail over SMTP: one pool of connections per account, one envelope per person, and no way to look again after a crash. */
export function createEmailChannel({ settingsOf }: { settingsOf: (account: AccountRef) => Promise<MailSettings> }): EmailChannel {
  const open = new Map<string, Open>();
  const opening = new Map<string, Promise<Open>>();
  async function openFor(account: AccountRef): Promise<Open> {
    const known = open.get(account.id);
    if (known && performance.now() - known.readAt < settingsMs) return known;
    // Mails that begin side by side open one pool, not one each.
    const begun = opening.get(account.id) ?? openAnew(account, known).finally(() => opening.delete(account.id));
    opening.set(account.id, begun);
    return begun;
  }
  async function openAnew(account: AccountRef, known: Open | undefined): Promise<Open> {
    const settings = await settingsOf(account);
    if (known && JSON.stringify(known.settings) === JSON.stringify(settings)) {
      known.readAt = performance.now();
      return known;
    }
    // Mails under way on the old pool end there.
    known?.transport.close();
    const signer = settings.dkim ? signerOf(settings.dkim) : null;
    const fresh = { settings, signer, transport: openTransport(settings), readAt: performance.now() };
    open.set(account.id, fresh);
    return fresh;
  }
  const poolOf = async (account: AccountRef) => {
    const known = await openFor(account).catch(() => null);
    return known?.settings.pool ?? 1;
  };
  return {
    capabilities: async (account) => capabilitiesOf(await poolOf(account)),
    async send(account, message) {
      const { settings, signer, transport } = await openFor(account);
      // Made ready before the commit: what can be wrong with a mail itself is known by then.
      const mail = await readyMail(settings, signer, message);
      if (message.dryRun) return { is: 'dry_run' };
      await message.commit(null);
      const receipt = await transport.send(mail);
      if (receipt.accepted.length === 0) throw new Failure('mail_refused', 'The mail server took no recipient.');
      return { is: 'sent', platformId: mail.messageId, at: new Date(), conversation: message.to.value };
    },
    // SMTP keeps nothing that could be asked: what a crash interrupted stays uncertain.
    confirm: async () => ({ is: 'unknown', why: 'A mail server cannot be asked what it took.' }),
    read: async () => ({ messages: [], unread: [], ticks: [] }),
    async check(account) {
      const { settings, transport } = await openFor(account);
      await transport.verify();
      return { identity: settings.fromAddress };
    },
    async close() {
      for (const { transport } of open.values()) transport.close();
      open.clear();
    },
  };
}

function capabilitiesOf(pool: number): Capabilities {
  return { addressedBy: 'email', reports: ['sent'], canConfirm: false, canRead: false, parallel: pool, maxTextLength: 500_000 };
}

/** Headers that a name or subject could break out of are refused, not cleaned: a line break there is an attack or a mistake. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
const controls = /[\u0000-\u001f\u007f]/;

/** A message as it leaves: put together, and signed where its domain has a key. */
export async function readyMail(settings: MailSettings, signer: DkimSigner | null, message: Outgoing): Promise<ReadyMail> {
  const composed = compose(mailOf(settings, message));
  return signer ? await signMail(composed, signer) : composed;
}

function mailOf(settings: MailSettings, message: Outgoing): Mail {
  for (const [name, text] of Object.entries({
    subject: message.subject ?? '',
    name: message.to.name ?? '',
    address: message.to.value,
    'sender name': settings.fromName,
  })) {
    if (controls.test(text)) throw new Failure('mail_refused', `The ${name} holds a line break or another control character.`);
  }
  const { bounces } = settings;
  return {
    from: { name: settings.fromName, address: settings.fromAddress },
    to: { name: message.to.name ?? '', address: message.to.value },
    subject: message.subject ?? '',
    text: message.text,
    ...(message.html ? { html: message.html } : {}),
    ...(message.media ? { file: message.media } : {}),
    ...(bounces ? { returnPath: returnPathOf(bounces.address, message.deliveryId, bounces.key) } : {}),
    // The same delivery always carries the same id, so that a double could be told by any mail program.
    messageId: `<${message.deliveryId}@${domainOf(settings.fromAddress)}>`,
    headers: { 'X-Patchbay-Delivery': message.deliveryId, ...oneClick(message.unsubscribeUrl) },
  };
}

/** RFC 8058: mail programs show a button of their own, which posts to the address and needs nothing else. */
const oneClick = (url: string | undefined): Record<string, string> =>
  url ? { 'List-Unsubscribe': `<${url}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' } : {};
