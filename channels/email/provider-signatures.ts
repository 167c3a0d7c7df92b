import { createHmac, createPublicKey, createVerify, timingSafeEqual, verify, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import type { MailProvider } from '#core/bounce.ts';

/** What came, byte for byte. `secret`: the key that signs, the public key of SendGrid, the password of Postmark, the topic of Amazon SNS. */
export type Signed = { body: Buffer; header: (name: string) => string | undefined; secret: string; now: Date };
/** Gets a page of Amazon; nothing else is ever asked. */
export type FetchText = (url: string) => Promise<string>;

/** Whether a body is from whom it says. Never throws for what a stranger sends. */
export async function isSigned(provider: MailProvider, signed: Signed, fetchText: FetchText): Promise<boolean> {
  try {
    return await checks[provider](signed, fetchText);
  } catch {
    // No key, no certificate, no JSON: it is from nobody we know.
    return false;
  }
}

const checks: Record<MailProvider, (signed: Signed, fetchText: FetchText) => boolean | Promise<boolean>> = {
  ses: signedBySns,
  sendgrid: signedBySendgrid,
  postmark: sentWithPassword,
  mailgun: signedByMailgun,
  generic: signedByKey,
};

/** A body that was caught on its way cannot be brought again much later. Providers try again for some hours. */
const longestMs = { mailgun: 24 * 3_600_000, generic: 15 * 60_000 };

function signedBySendgrid({ body, header, secret }: Signed): boolean {
  const key = createPublicKey({ key: Buffer.from(secret, 'base64'), format: 'der', type: 'spki' });
  const content = Buffer.concat([Buffer.from(header('x-twilio-email-event-webhook-timestamp') ?? ''), body]);
  return verify('sha256', content, key, Buffer.from(header('x-twilio-email-event-webhook-signature') ?? '', 'base64'));
}

/** Mailgun signs a stamp and a token of its own, not the body. */
function signedByMailgun({ body, secret, now }: Signed): boolean {
  const { timestamp, token, signature } = MailgunBody.parse(JSON.parse(body.toString('utf8'))).signature;
  return isRecent(Number(timestamp), now, longestMs.mailgun) && isSame(signature, hmac(secret, timestamp + token));
}
const MailgunBody = z.object({ signature: z.object({ timestamp: z.coerce.string(), token: z.string(), signature: z.string() }) });

function signedByKey({ body, header, secret, now }: Signed): boolean {
  const timestamp = header('x-patchbay-timestamp') ?? '';
  const signature = (header('x-patchbay-signature') ?? '').replace(/^sha256=/, '');
  return isRecent(Number(timestamp), now, longestMs.generic) && isSame(signature, hmac(secret, `${timestamp}.`, body));
}

/** Postmark signs nothing; it signs in with the password that stands in its address. */
function sentWithPassword({ header, secret }: Signed): boolean {
  const [, given = ''] = /^Basic ([\w+/=-]+)$/i.exec(header('authorization') ?? '') ?? [];
  return isSame(
    Buffer.from(given, 'base64')
      .toString('utf8')
      .replace(/^[^:]*:/, ''),
    secret,
  );
}

/** What Amazon SNS wraps around a message. */
export const SnsEnvelope = z.object({
  Type: z.enum(['Notification', 'SubscriptionConfirmation', 'UnsubscribeConfirmation']),
  MessageId: z.string(),
  TopicArn: z.string(),
  Message: z.string(),
  Timestamp: z.string(),
  Subject: z.string().optional(),
  Token: z.string().optional(),
  SubscribeURL: z.string().optional(),
  SignatureVersion: z.enum(['1', '2']),
  Signature: z.string(),
  SigningCertURL: z.string(),
});

/** Anybody can have a topic at Amazon: only the one that was named counts, signed with a certificate that Amazon itself hands out. */
async function signedBySns({ body, secret }: Signed, fetchText: FetchText): Promise<boolean> {
  const envelope = SnsEnvelope.parse(JSON.parse(body.toString('utf8')));
  if (envelope.TopicArn !== secret.trim() || !isOfSns(envelope.SigningCertURL)) return false;
  const names =
    envelope.Type === 'Notification'
      ? (['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'] as const)
      : (['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'] as const);
  const text = names.flatMap((name) => (envelope[name] === undefined ? [] : [`${name}\n${envelope[name]}\n`])).join('');
  const certificate = new X509Certificate(await fetchText(envelope.SigningCertURL));
  const algorithm = envelope.SignatureVersion === '1' ? 'RSA-SHA1' : 'RSA-SHA256';
  return createVerify(algorithm).update(text).verify(certificate.publicKey, envelope.Signature, 'base64');
}

/** A page of Amazon SNS itself, over TLS. */
export function isOfSns(address: string): boolean {
  const url = URL.parse(address);
  return url?.protocol === 'https:' && url.port === '' && url.username === '' && /^sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/.test(url.hostname);
}

const hmac = (secret: string, ...parts: (string | Buffer)[]): string => {
  const made = createHmac('sha256', secret);
  for (const part of parts) made.update(part);
  return made.digest('hex');
};

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return expected !== '' && a.length === b.length && timingSafeEqual(a, b);
}

const isRecent = (seconds: number, now: Date, most: number): boolean => Math.abs(now.getTime() - seconds * 1000) <= most;
