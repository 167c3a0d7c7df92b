import { z } from 'zod';
import { type Bounce, BounceKind, type MailProvider } from '#core/bounce.ts';
import { kindOfBounce } from './bounce-kind.ts';
import { SnsEnvelope } from './provider-signatures.ts';

/** One event of a provider; `id` is the provider's own for it. */
export type ProviderEvent = Omit<Bounce, 'sentTo' | 'finalRecipient'> & { id: string };

/** What a provider tells of our mails, in our words. Events that say nothing of a failure are left out, and so is what cannot be read. */
export function eventsOf(provider: MailProvider, body: Buffer): ProviderEvent[] {
  return readers[provider](JSON.parse(body.toString('utf8')));
}

const readers: Record<MailProvider, (body: unknown) => ProviderEvent[]> = {
  ses: ofSes,
  sendgrid: ofSendgrid,
  postmark: ofPostmark,
  mailgun: ofMailgun,
  generic: ofGeneric,
};

/** A field of whatever type becomes a text or nothing: one odd event must not lose its siblings. */
const text = z.preprocess((value) => (typeof value === 'string' || typeof value === 'number' ? String(value) : ''), z.string());
const list = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => (Array.isArray(value) ? value.flatMap((one) => item.safeParse(one).data ?? []) : []), z.array(item));
const code = (status: string): string | null => /^[245]\.\d{1,3}\.\d{1,3}$/.exec(status)?.[0] ?? null;
const orNull = (value: string): string | null => value || null;
const bracketed = (id: string): string[] => (id === '' ? [] : [id.startsWith('<') ? id : `<${id}>`]);

/** By its words, but a provider that says "later" or "blocked" is believed that nobody is gone. */
function kindOf(said: { status: string; diagnostic: string; isForGood: boolean }): BounceKind {
  const kind = kindOfBounce({ action: 'failed', status: code(said.status), diagnostic: said.diagnostic });
  if (kind === 'policy') return kind;
  return said.isForGood ? kind : 'soft';
}

const Recipient = z.object({ emailAddress: text, status: text, diagnosticCode: text });
const SesMail = z.object({
  notificationType: text,
  eventType: text,
  mail: z
    .object({ messageId: text, commonHeaders: z.object({ messageId: text }).optional(), headers: list(z.object({ name: text, value: text })) })
    .optional(),
  bounce: z.object({ bounceType: text, bounceSubType: text, feedbackId: text, bouncedRecipients: list(Recipient) }).optional(),
  complaint: z.object({ feedbackId: text, complaintFeedbackType: text, complainedRecipients: list(Recipient) }).optional(),
  deliveryDelay: z.object({ delayType: text, delayedRecipients: list(Recipient) }).optional(),
});

function ofSes(body: unknown): ProviderEvent[] {
  const envelope = SnsEnvelope.parse(body);
  const read = envelope.Type === 'Notification' ? SesMail.safeParse(parseJson(envelope.Message)) : null;
  if (!read?.success) return [];
  const { mail, bounce, complaint, deliveryDelay } = read.data;
  const own = mail?.headers.find(({ name }) => name.toLowerCase() === 'message-id')?.value ?? mail?.commonHeaders?.messageId ?? '';
  const event = (recipient: z.output<typeof Recipient>, kind: BounceKind, diagnostic: string): ProviderEvent => ({
    id: `${envelope.MessageId} ${recipient.emailAddress}`,
    kind,
    recipient: orNull(recipient.emailAddress.replace(/^.*<(.*)>$/, '$1')),
    status: code(recipient.status),
    diagnostic,
    messageIds: bracketed(own),
  });
  if (bounce) return bounce.bouncedRecipients.map((one) => event(one, kindAtSes(bounce, one), one.diagnosticCode || bounce.bounceSubType));
  if (complaint) return complaint.complainedRecipients.map((one) => event(one, 'complaint', complaint.complaintFeedbackType));
  return (deliveryDelay?.delayedRecipients ?? []).map((one) => event(one, 'delayed', one.diagnosticCode || (deliveryDelay?.delayType ?? '')));
}

function kindAtSes(
  { bounceType, bounceSubType }: { bounceType: string; bounceSubType: string },
  { status, diagnosticCode }: z.output<typeof Recipient>,
): BounceKind {
  if (/rejected$/i.test(bounceSubType)) return 'policy';
  const kind = kindOf({ status, diagnostic: diagnosticCode, isForGood: bounceType !== 'Transient' });
  // Amazon sends nothing to those on its own list, and has no words of another server for it.
  return bounceType === 'Permanent' && kind !== 'policy' && (diagnosticCode === '' || /suppress|noemail/i.test(bounceSubType)) ? 'hard' : kind;
}

const SendgridEvent = z.object({
  event: text,
  email: text,
  type: text,
  reason: text,
  response: text,
  status: text,
  bounce_classification: text,
  sg_event_id: text,
  'smtp-id': text,
});

function ofSendgrid(body: unknown): ProviderEvent[] {
  return list(SendgridEvent)
    .parse(body)
    .flatMap((one) => {
      const kind = kindAtSendgrid(one);
      if (kind === null || one.sg_event_id === '') return [];
      const diagnostic = one.reason || one.response || one.event;
      return [
        { id: one.sg_event_id, kind, recipient: orNull(one.email), status: code(one.status), diagnostic, messageIds: bracketed(one['smtp-id']) },
      ];
    });
}

function kindAtSendgrid({ event, type, reason, status, bounce_classification: why }: z.output<typeof SendgridEvent>): BounceKind | null {
  if (event === 'deferred') return 'delayed';
  if (['spamreport', 'unsubscribe', 'group_unsubscribe'].includes(event)) return 'complaint';
  if (event === 'dropped') return droppedKind(reason);
  if (event !== 'bounce' && event !== 'blocked') return null;
  if (/content|reputation/i.test(why)) return 'policy';
  const kind = kindOf({
    status,
    diagnostic: reason,
    isForGood: type !== 'blocked' && event !== 'blocked' && !/technical|volume|frequency/i.test(why),
  });
  return kind === 'soft' && /invalid address/i.test(why) ? 'hard' : kind;
}

/** What SendGrid did not even try. */
function droppedKind(reason: string): BounceKind {
  if (/spam report|unsubscrib/i.test(reason)) return 'complaint';
  if (/bounced|invalid/i.test(reason)) return 'hard';
  return 'policy';
}

const PostmarkRecord = z.object({
  RecordType: text,
  ID: text,
  MessageID: text,
  Type: text,
  Email: text,
  Recipient: text,
  Details: text,
  Description: text,
  SuppressSending: z.unknown().optional(),
  SuppressionReason: text,
  ChangedAt: text,
});
const postmarkKinds: Readonly<Record<string, BounceKind | null>> = {
  HardBounce: 'hard',
  BadEmailAddress: 'hard',
  ManuallyDeactivated: 'hard',
  SpamComplaint: 'complaint',
  Unsubscribe: 'complaint',
  SpamNotification: 'policy',
  Blocked: 'policy',
  DMARCPolicy: 'policy',
  VirusNotification: 'policy',
  TemplateRenderingFailed: 'policy',
  AutoResponder: 'auto_reply',
  AddressChange: 'auto_reply',
  OpenRelayTest: null,
  Subscribe: null,
  ChallengeVerification: 'auto_reply',
};

function ofPostmark(body: unknown): ProviderEvent[] {
  const record = PostmarkRecord.parse(body);
  const { RecordType: what, Details: details, Description: description, Email: email, Recipient: recipient } = record;
  const id = record.ID || `${what} ${record.MessageID} ${record.ChangedAt}`;
  const event = (kind: BounceKind): ProviderEvent[] => [
    {
      id,
      kind,
      recipient: orNull(email || recipient),
      status: null,
      diagnostic: details || description || record.SuppressionReason,
      messageIds: bracketed(record.MessageID),
    },
  ];
  if (what === 'SpamComplaint') return event('complaint');
  if (what === 'SubscriptionChange') {
    if (record.SuppressSending !== true) return [];
    return event(record.SuppressionReason === 'HardBounce' ? 'hard' : 'complaint');
  }
  if (what !== 'Bounce') return [];
  const known = postmarkKinds[record.Type];
  if (known === null) return [];
  return event(known ?? kindOf({ status: '', diagnostic: details, isForGood: false }));
}

const MailgunEvent = z.object({
  'event-data': z.object({
    id: text,
    event: text,
    severity: text,
    reason: text,
    recipient: text,
    'delivery-status': z.object({ code: text, message: text, description: text, 'enhanced-code': text }).partial().optional(),
    message: z.object({ headers: z.object({ 'message-id': text }).optional() }).optional(),
  }),
});

function ofMailgun(body: unknown): ProviderEvent[] {
  const { 'event-data': one } = MailgunEvent.parse(body);
  const { message = '', description = '', 'enhanced-code': status = '' } = one['delivery-status'] ?? {};
  const diagnostic = message || description || one.reason;
  const kind = kindAtMailgun(one, { status, diagnostic });
  if (kind === null || one.id === '') return [];
  return [
    {
      id: one.id,
      kind,
      recipient: orNull(one.recipient),
      status: code(status),
      diagnostic,
      messageIds: bracketed(one.message?.headers?.['message-id'] ?? ''),
    },
  ];
}

function kindAtMailgun(one: { event: string; severity: string; reason: string }, said: { status: string; diagnostic: string }): BounceKind | null {
  if (one.event === 'complained' || one.event === 'unsubscribed') return 'complaint';
  if (one.event !== 'failed') return null;
  if (one.severity === 'temporary') return 'delayed';
  // Mailgun sends nothing to those on its own lists.
  if (one.reason === 'suppress-bounce') return 'hard';
  if (one.reason === 'suppress-complaint' || one.reason === 'suppress-unsubscribe') return 'complaint';
  return kindOf({ ...said, isForGood: true });
}

const GenericBody = z.object({ events: z.array(z.unknown()).max(1000) });
const GenericEvent = z.object({
  id: z.string().min(1).max(200),
  kind: BounceKind,
  recipient: z.string().max(320).nullable().default(null),
  messageId: z.string().max(300).default(''),
  status: text,
  diagnostic: text,
});

function ofGeneric(body: unknown): ProviderEvent[] {
  return GenericBody.parse(body).events.flatMap((given) => {
    const one = GenericEvent.safeParse(given).data;
    if (!one) return [];
    const { id, kind, recipient, diagnostic } = one;
    return [{ id, kind, recipient, status: code(one.status), diagnostic, messageIds: bracketed(one.messageId) }];
  });
}

function parseJson(given: string): unknown {
  try {
    return JSON.parse(given);
  } catch {
    return null;
  }
}
