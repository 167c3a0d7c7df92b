/** Mails as other programs write them, short: only what a parser can go by. All addresses are of this file. */
const mail = (headers: string, ...body: string[]): Buffer => Buffer.from([...headers.trim().split(/\n\s*/), '', ...body].join('\n'), 'utf8');

const daemon = `From: Mail Delivery System <MAILER-DAEMON@mx.example.net>
  To: shop+b0@example.com`;
const returnedMail = ['Message-ID: <1f2e@example.com>', 'From: shop@example.com', 'To: ann@example.org', 'Subject: Sale', '', 'Hello'];

/** RFC 3464 with these groups of fields. */
export const report = (groups: readonly (readonly string[])[], text = 'It could not be delivered.'): Buffer =>
  mail(
    `${daemon}
    Subject: Undelivered Mail Returned to Sender
    Content-Type: multipart/report; report-type=delivery-status; boundary="b 1"`,
    ...['--b 1', 'Content-Type: text/plain', '', text, '--b 1', 'Content-Type: message/delivery-status', '', 'Reporting-MTA: dns; mx.example.net'],
    ...groups.flatMap((lines) => ['', ...lines]),
    ...['', '--b 1', 'Content-Type: message/rfc822', '', ...returnedMail, '--b 1--', ''],
  );
export const failed = (status: string, diagnostic: string, action = 'failed'): Buffer =>
  report([['Final-Recipient: rfc822; ann@example.org', `Action: ${action}`, `Status: ${status}`, `Diagnostic-Code: smtp; ${diagnostic}`]]);

const exim = mail(
  `${daemon}
  Subject: Mail delivery failed: returning message to sender
  X-Failed-Recipients: ann@example.org, ben@example.org
  Auto-Submitted: auto-replied`,
  'This message was created automatically by mail delivery software.',
  'A message that you sent could not be delivered to one or more of its recipients.',
  '',
  '  ann@example.org',
  '    host mx.example.org [192.0.2.1]',
  '    SMTP error from remote mail server after RCPT TO:<ann@example.org>:',
  '    550 5.1.1 <ann@example.org>: Recipient address rejected: User unknown',
  '  ben@example.org',
  '    mailbox is full: retry timeout exceeded',
  '',
  '------ This is a copy of the message, including all the headers. ------',
  ...returnedMail,
);
const qmail = mail(
  `From: MAILER-DAEMON@mx.example.net
  Subject: failure notice`,
  'Hi. This is the qmail-send program at mx.example.net.',
  "I'm afraid I wasn't able to deliver your message to the following addresses.",
  '',
  '<ann@example.org>:',
  '192.0.2.1 does not like recipient.',
  'Remote host said: 550 no such user here (#5.1.1)',
  'Giving up on 192.0.2.1.',
  '',
  '--- Below this line is a copy of the message.',
  ...returnedMail,
);
const gmail = mail(
  `From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
  Subject: Delivery Status Notification (Failure)
  X-Failed-Recipients: ann@example.org`,
  'Delivery to the following recipient failed permanently:',
  '',
  '     ann@example.org',
  '',
  'The error that the other server returned was:',
  '552-5.2.2 The email account that you tried to reach is over quota.',
  '',
  '----- Original message -----',
  ...returnedMail,
);
const gmailDelay = mail(
  `From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
  Subject: Delivery Status Notification (Delay)`,
  'THIS IS A WARNING MESSAGE ONLY.',
  'Delivery to the following recipient has been delayed:',
  '     ann@example.org',
  'Message will be retried for 2 more day(s)',
);
const office = mail(
  `From: postmaster@example.onmicrosoft.com
  Subject: Undeliverable: Sale
  Content-Type: text/html; charset=utf-8
  Content-Transfer-Encoding: quoted-printable`,
  '<p>Delivery has failed to these recipients or groups:</p>',
  '<p><a href=3D"mailto:ann@example.org">ann@example.org</a><br>The email address wasn=E2=80=99t found at the destination domain.</p>',
  '<p>Remote Server returned =27550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ann@example.org not found=27</p>',
);
const exchange = mail(
  `From: System Administrator <postmaster@example.net>
  Subject: Undeliverable: Sale`,
  'Your message',
  '  To:      shop@example.com',
  'did not reach the following recipient(s):',
  '',
  'ann@example.org on Thu, 29 Apr 2010 00:00:00 -0000',
  '    The recipient name is not recognized',
);
const sendmailOld = mail(
  `From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example.net>
  Subject: Returned mail: User unknown`,
  '   ----- The following addresses had permanent fatal errors -----',
  '<ann@example.org>',
  '',
  '   ----- Transcript of session follows -----',
  '>>> RCPT To:<ann@example.org>',
  '<<< 550 <ann@example.org>... User unknown',
  '',
  '   ----- Original message follows -----',
  ...returnedMail,
);
const opensmtpd = mail(
  `From: Mailer Daemon <MAILER-DAEMON@mx.example.net>
  Subject: Delivery status notification: error`,
  '    This is the MAILER-DAEMON, please DO NOT REPLY to this email.',
  '    An error has occurred while attempting to deliver a message for',
  '    the following list of recipients:',
  '',
  'ann@example.org: 550 5.7.1 Message blocked due to spam content',
  '',
  '    Below is a copy of the original message:',
  ...returnedMail,
);
const complaint = (fields: string[]): Buffer =>
  mail(
    `From: feedback@provider.example
    Subject: FW: Sale
    Content-Type: multipart/report; report-type=feedback-report; boundary=b`,
    ...['--b', '', 'This is an email abuse report.', '--b', 'Content-Type: message/feedback-report', '', ...fields],
    ...['--b', 'Content-Type: message/rfc822', '', ...returnedMail.map((line) => line.replace('ann@', 'redacted@')), '--b--'],
  );
const hotmail = mail(
  `From: staff@hotmail.com
  Subject: complaint about message from 192.0.2.1
  Content-Type: multipart/mixed; boundary=b`,
  ...['--b', 'Content-Type: message/rfc822', '', ...returnedMail, '--b--'],
);
const brokenBoundary = mail(
  `${daemon}
  Subject: Returned mail: see transcript for details
  Content-Type: multipart/report; boundary="relay has changed it"`,
  ...['--own', 'Content-Type: text/plain', '', 'x', '--own', 'Content-Type: message/delivery-status', ''],
  ...['Reporting-MTA: dns; mx', '', 'Final-Recipient: rfc822; ann@example.org', 'Action: failed', 'Status: 5.1.1', '--own--'],
);

const away = (headers: string): Buffer => mail(`From: Ann <ann@example.org>\n${headers}`, 'I am away until May.');
const person = (headers: string, ...body: string[]): Buffer => mail(`From: Ann <ann@example.org>\n${headers}`, ...body);

type Expected = [kind: string, recipient: string | null, status: string | null];
/** What each program writes, and what it says. */
export const families: [program: string, mail: Buffer, expected: Expected[]][] = [
  [
    'Exim, two recipients',
    exim,
    [
      ['hard', 'ann@example.org', '5.1.1'],
      ['soft', 'ben@example.org', null],
    ],
  ],
  ['qmail', qmail, [['hard', 'ann@example.org', '5.1.1']]],
  ['Gmail', gmail, [['soft', 'ann@example.org', '5.2.2']]],
  ['Gmail, which is still trying', gmailDelay, [['delayed', 'ann@example.org', null]]],
  ['Office 365, in HTML', office, [['hard', 'ann@example.org', '5.1.10']]],
  ['Exchange', exchange, [['hard', 'ann@example.org', null]]],
  ['an old sendmail', sendmailOld, [['hard', 'ann@example.org', null]]],
  ['OpenSMTPD', opensmtpd, [['policy', 'ann@example.org', '5.7.1']]],
  ['a relay that changed the boundary', brokenBoundary, [['hard', 'ann@example.org', '5.1.1']]],
  ['a feedback report', complaint(['Feedback-Type: abuse', 'Original-Rcpt-To: <ann@example.org>']), [['complaint', 'ann@example.org', null]]],
  ['a feedback report that hides its person', complaint(['Feedback-Type: abuse']), [['complaint', null, null]]],
  ['a report that it is no spam', complaint(['Feedback-Type: not-spam']), []],
  ['Hotmail’s own form of complaint', hotmail, [['complaint', 'ann@example.org', null]]],
  ['a vacation program', away('Auto-Submitted: auto-replied'), [['auto_reply', 'ann@example.org', null]]],
  ['Outlook, out of office', away('Subject: =?utf-8?Q?Automatische_Antwort=3A_Sale?='), [['auto_reply', 'ann@example.org', null]]],
  ['an old autoresponder', away('Precedence: auto_reply'), [['auto_reply', 'ann@example.org', null]]],
  ['a person', person('Subject: Re: Sale\nIn-Reply-To: <1f2e@example.com>', 'Yes, please. An error? Write to ben@example.org.'), []],
  [
    'a person who writes of deliveries',
    person('Subject: Re: Delivery failed\nReferences: <1f2e@example.com>', 'My parcel is unknown to ben@example.org.'),
    [],
  ],
  [
    'a person who forwards a report',
    person(
      'Subject: Fwd: what is this?\nContent-Type: multipart/mixed; boundary=x',
      ...['--x', '', 'Look.', '--x', 'Content-Type: message/rfc822', '', failed('5.1.1', '550 User unknown').toString(), '--x--'],
    ),
    [],
  ],
  ['a program that asks to be taken off the list', person('Subject: unsubscribe\nAuto-Submitted: auto-replied', 'Sent by a mail program.'), []],
];
