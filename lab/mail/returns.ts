import { randomUUID } from 'node:crypto';
import { simpleParser } from 'mailparser';
import { z } from 'zod';
import { type CaughtMail, wildcard } from '#lab/mail/mailbox.ts';

/** What can come back for a mail: from its reader, from a program of theirs, or from the server before them. */
export const ReturnKind = z.enum(['reply', 'away', 'hard', 'soft', 'delayed', 'policy', 'complaint']);
export type ReturnKind = z.output<typeof ReturnKind>;
export const Return = z.strictObject({
  kind: ReturnKind,
  /** What a reader writes; a server says its own words. */
  text: z.string().min(1).max(10_000).default('Thank you, that is good to know.'),
});
export type Return = z.output<typeof Return>;

/** What comes back by itself, by recipient; `*` stands for anything, and the first that fits counts. */
export const ReturnRules = z.strictObject({
  rules: z
    .array(
      Return.extend({ pattern: z.string().min(1).max(320), afterMs: z.int().min(0).max(3_600_000).default(0), times: z.int().positive().optional() }),
    )
    .max(1000)
    .default([]),
});
export type ReturnRules = z.output<typeof ReturnRules>;

export function ruleFor({ rules }: ReturnRules, recipient: string): ReturnRules['rules'][number] | undefined {
  const rule = rules.find((one) => one.times !== 0 && wildcard(one.pattern).test(recipient));
  if (rule?.times !== undefined) rule.times -= 1;
  return rule;
}

const notices: Record<Exclude<ReturnKind, 'reply' | 'away' | 'complaint'>, { action: 'failed' | 'delayed'; status: string; says: string }> = {
  hard: { action: 'failed', status: '5.1.1', says: '550 5.1.1 User unknown in virtual mailbox table' },
  soft: { action: 'failed', status: '5.2.2', says: '552 5.2.2 The mailbox is over its quota' },
  delayed: { action: 'delayed', status: '4.4.1', says: '451 4.4.1 Connection timed out' },
  policy: { action: 'failed', status: '5.7.1', says: '554 5.7.1 Message rejected due to local policy, listed at bl.example' },
};

/** The mail that comes back for a caught one, as its recipient or the server before them would write it. */
export async function writeReturn(mail: CaughtMail, recipient: string, { kind, text }: Return): Promise<Buffer> {
  const end = mail.raw.indexOf('\r\n\r\n');
  const about = { mail, recipient, head: mail.raw.toString('latin1', 0, end < 0 ? mail.raw.length : end) };
  if (kind === 'reply' || kind === 'away') return written(await answer(about, { isMachine: kind === 'away', text }));
  if (kind === 'complaint') return written(complaint(about));
  return written(notice(about, notices[kind]));
}

type About = { mail: CaughtMail; recipient: string; head: string };

async function answer({ mail, recipient }: About, { isMachine, text }: { isMachine: boolean; text: string }): Promise<string[]> {
  const read = await simpleParser(mail.raw, { skipTextToHtml: true });
  const sender = (read.replyTo ?? read.from)?.text ?? mail.from;
  const quoted = (read.text ?? '').trimEnd().split('\n');
  const id = read.messageId ?? '';
  return [
    `From: <${recipient}>`,
    `To: ${foldedWord(sender)}`,
    `Subject: ${foldedWord(`${isMachine ? 'Automatic reply' : 'Re'}: ${read.subject ?? ''}`)}`,
    ...common(recipient),
    `In-Reply-To: ${id}`,
    `References: ${id}`,
    ...(isMachine ? ['Auto-Submitted: auto-replied'] : []),
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    ...(isMachine ? ['I am out of the office until Monday.'] : text.split(/\r?\n/)),
    ...(isMachine ? [] : ['', `On ${(read.date ?? mail.at).toUTCString()}, ${sender} wrote:`, ...quoted.map((line) => `> ${line}`)]),
  ];
}

/** RFC 3464. */
function notice({ mail, recipient, head }: About, { action, status, says }: (typeof notices)['hard']): string[] {
  return report(mail, 'delivery-status', {
    from: 'Mail Delivery System <MAILER-DAEMON@mx.lab.test>',
    subject: action === 'delayed' ? 'Delayed Mail (still being retried)' : 'Undelivered Mail Returned to Sender',
    text: action === 'delayed' ? `The mail for <${recipient}> could not be delivered yet.` : `The mail for <${recipient}> could not be delivered.`,
    machine: [
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: dns; mx.lab.test',
      `Arrival-Date: ${mail.at.toUTCString()}`,
      '',
      `Final-Recipient: rfc822; ${recipient}`,
      `Action: ${action}`,
      `Status: ${status}`,
      `Diagnostic-Code: smtp; ${says}`,
    ],
    head,
  });
}

/** RFC 5965. */
function complaint({ mail, recipient, head }: About): string[] {
  return report(mail, 'feedback-report', {
    from: 'Feedback Loop <feedback@lab.test>',
    subject: 'Complaint about a message',
    text: `<${recipient}> has reported this message as spam.`,
    machine: [
      'Content-Type: message/feedback-report',
      '',
      'Feedback-Type: abuse',
      'User-Agent: Lab/1.0',
      'Version: 1',
      `Original-Mail-From: <${mail.from}>`,
      `Original-Rcpt-To: <${recipient}>`,
    ],
    head,
  });
}

type Report = { from: string; subject: string; text: string; machine: readonly string[]; head: string };

/** For people, for programs, and the head of the mail that it is about (RFC 6522). */
function report(mail: CaughtMail, type: string, { from, subject, text, machine, head }: Report): string[] {
  const boundary = `returned-${randomUUID()}`;
  return [
    `From: ${from}`,
    `To: <${mail.from}>`,
    `Subject: ${subject}`,
    ...common('mx.lab.test'),
    'Auto-Submitted: auto-replied',
    `Content-Type: multipart/report; report-type=${type}; boundary="${boundary}"`,
    '',
    ...[`--${boundary}`, 'Content-Type: text/plain; charset=us-ascii', '', text, ''],
    ...[`--${boundary}`, ...machine, ''],
    ...[`--${boundary}`, 'Content-Type: text/rfc822-headers', '', head, ''],
    `--${boundary}--`,
    '',
  ];
}

const common = (host: string): string[] => [
  `Date: ${new Date().toUTCString()}`,
  `Message-ID: <${randomUUID()}@${host.split('@').at(-1)}>`,
  'MIME-Version: 1.0',
];

/** Header text outside ASCII is one encoded word (RFC 2047): readers take longer ones than the standard's 75 letters. */
const foldedWord = (text: string): string =>
  /^[\x20-\x7e]*$/.test(text)
    ? text
    : text.replace(/[^<>]*[^\x20-\x7e<>][^<>]*/g, (part) => `=?utf-8?B?${Buffer.from(part.trim()).toString('base64')}?= `);

const written = (lines: readonly string[]): Buffer => Buffer.from(lines.join('\r\n'), 'utf8');
