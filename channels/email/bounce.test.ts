import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseBounces } from './bounce.ts';
import { failed, families, report } from './testing/reports.ts';
import { wrongedMails } from './testing/wronged-mails.ts';

const kindsOf = (mail: Buffer) => parseBounces(mail).map(({ kind }) => kind);

test.each(families)('%s is understood', (_program, mail, expected) => {
  expect(parseBounces(mail).map(({ kind, recipient, status }) => [kind, recipient, status])).toEqual(expected);
});

/** What receiving servers say, and whom it speaks of. */
const said: [kind: string, status: string, diagnostic: string][] = [
  ['hard', '5.1.1', '550 5.1.1 The email account that you tried to reach does not exist'],
  ['hard', '5.0.0', '550 Requested action not taken: mailbox unavailable'],
  ['hard', '5.7.1', '550 5.7.1 <ann@example.org>: Recipient address rejected: User unknown in virtual mailbox table'],
  ['hard', '5.4.1', '550 5.4.1 Recipient address rejected: Access denied. [x.prod.protection.outlook.com]'],
  ['hard', '5.4.4', 'Host or domain name not found. Name service error for name=example.invalid type=AAAA'],
  ['hard', '5.7.13', '525 5.7.13 Disabled recipient address'],
  ['soft', '5.2.2', '552 5.2.2 Mailbox full'],
  ['soft', '5.0.0', "552 sorry, the recipient's mailbox is over quota"],
  ['soft', '5.2.1', '450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages'],
  ['soft', '5.3.4', '552 5.3.4 Message size exceeds fixed limit'],
  ['soft', '4.1.1', '450 4.1.1 <ann@example.org>: User unknown in virtual alias table'],
  ['soft', '4.7.1', '450 4.7.1 Greylisted, please try again in 300 seconds'],
  ['soft', '4.4.7', '554 4.4.7 Message expired'],
  ['policy', '5.7.1', '550 5.7.1 Message rejected as spam'],
  ['policy', '5.7.26', '550-5.7.26 This mail has been blocked because the sender is unauthenticated: DKIM did not pass'],
  ['policy', '5.7.515', '550 5.7.515 Access denied, sending domain does not meet the required authentication level'],
  ['policy', '5.0.0', '554 5.0.0 Your IP 192.0.2.1 is listed at zen.spamhaus.org'],
  ['policy', '5.1.8', '553 5.1.8 <shop@example.com>: Sender address rejected: Domain not found'],
  ['policy', '5.0.0', "550 SC-001 Unfortunately, messages from 192.0.2.1 weren't sent. Part of their network is on our block list."],
  ['policy', '4.7.0', '421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to user complaints'],
  ['policy', '5.0.0', '550 relaying denied'],
];
test.each(said)('%s: %s %s', (kind, status, diagnostic) => {
  expect(kindsOf(failed(status, diagnostic))).toEqual([kind]);
});

test('what was delivered, relayed or expanded is no bounce, and what is delayed may still arrive', () => {
  expect(kindsOf(failed('2.0.0', '250 ok', 'delivered'))).toEqual([]);
  expect(kindsOf(failed('2.1.9', '250 ok', 'relayed'))).toEqual([]);
  expect(kindsOf(failed('4.4.1', '421 connection timed out', 'delayed'))).toEqual(['delayed']);
});

test('a report names whom we wrote to, where that was passed on to, our own mail, and the address that it came back to', () => {
  const fields = ['Original-Recipient: rfc822;ann@example.org', 'Final-Recipient: rfc822; ann@inside.example.org', 'Action: failed', 'Status: 5.1.1'];
  expect(parseBounces(report([fields], 'ann@example.org: no such user'))).toEqual([
    {
      kind: 'hard',
      recipient: 'ann@example.org',
      finalRecipient: 'ann@inside.example.org',
      status: '5.1.1',
      diagnostic: 'no such user',
      messageIds: ['<1f2e@example.com>'],
      sentTo: ['shop+b0@example.com'],
    },
  ]);
});

test('each line and each part may be missing, and letters may be anything: nothing is thrown', () => {
  const mails = families.flatMap(([, mail]) => wrongedMails(mail));
  expect(mails.length).toBeGreaterThan(800);
  for (const mail of mails) expect(() => parseBounces(mail)).not.toThrow();
  const letters = fc.array(
    fc.constantFrom(
      'From: MAILER-DAEMON\n',
      'Content-Type: multipart/report; boundary=b\n',
      '--b',
      '--b--',
      '\n',
      ':',
      '@',
      'a',
      '=?utf-8?B?',
      '<',
      'fail ',
    ),
  );
  fc.assert(fc.property(letters, (some) => void parseBounces(Buffer.from(some.join('')))));
});

test('a line without an end costs no time to speak of', () => {
  const long = ['-'.repeat(300_000), 'fail'.repeat(100_000), 'a@'.repeat(100_000), '"'.repeat(300_000), 'violates '.repeat(40_000)];
  const began = process.cpuUsage();
  for (const line of long) {
    parseBounces(Buffer.from(`From: MAILER-DAEMON@x\nSubject: ${line}\n\n${line}\nann@example.org: ${line}`));
    parseBounces(failed('5.0.0', line));
  }
  const { user } = process.cpuUsage(began);
  expect(user / 1e6).toBeLessThan(3);
});
