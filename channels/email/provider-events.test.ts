import { expect, test } from 'vitest';
import type { MailProvider } from '#core/bounce.ts';
import { eventsOf } from './provider-events.ts';

const read = (provider: MailProvider, body: unknown) => eventsOf(provider, Buffer.from(JSON.stringify(body)));
const kindsOf = (provider: MailProvider, body: unknown) => read(provider, body).map(({ kind }) => kind);
const sns = (message: object) => ({
  Type: 'Notification',
  MessageId: 'sns-1',
  TopicArn: 't',
  Message: JSON.stringify(message),
  Timestamp: 'x',
  SignatureVersion: '2',
  Signature: 'x',
  SigningCertURL: 'x',
});
const ses = (bounce: object, more: object = {}) =>
  sns({ notificationType: 'Bounce', mail: { headers: [{ name: 'Message-ID', value: '<1@example.com>' }] }, bounce, ...more });
const to = (diagnosticCode = '', status = '') => [{ emailAddress: 'ann@example.org', action: 'failed', status, diagnosticCode }];

test('Amazon: each recipient of a bounce, with our own id of the mail', () => {
  const body = ses({ bounceType: 'Permanent', bounceSubType: 'General', bouncedRecipients: to('smtp; 550 5.1.1 user unknown', '5.1.1') });
  expect(read('ses', body)).toEqual([
    {
      id: 'sns-1 ann@example.org',
      kind: 'hard',
      recipient: 'ann@example.org',
      status: '5.1.1',
      diagnostic: 'smtp; 550 5.1.1 user unknown',
      messageIds: ['<1@example.com>'],
    },
  ]);
});

const ofSes: [kinds: string[], what: string, body: object][] = [
  [
    ['hard'],
    'is on its list',
    ses({
      bounceType: 'Permanent',
      bounceSubType: 'OnAccountSuppressionList',
      bouncedRecipients: to('Amazon SES did not send the message to this address'),
    }),
  ],
  [['hard'], 'has no words', ses({ bounceType: 'Permanent', bounceSubType: 'NoEmail', bouncedRecipients: to() })],
  [
    ['policy'],
    'permanent, and it is our fault',
    ses({ bounceType: 'Permanent', bounceSubType: 'General', bouncedRecipients: to('smtp; 550 5.7.1 blocked as spam', '5.7.1') }),
  ],
  [['soft'], 'is full', ses({ bounceType: 'Transient', bounceSubType: 'MailboxFull', bouncedRecipients: to('smtp; 552 5.2.2 full', '5.2.2') })],
  [
    ['soft'],
    'says unknown, but transient',
    ses({ bounceType: 'Transient', bounceSubType: 'General', bouncedRecipients: to('smtp; 550 5.1.1 user unknown', '5.1.1') }),
  ],
  [['policy'], 'rejects the content', ses({ bounceType: 'Transient', bounceSubType: 'ContentRejected', bouncedRecipients: to() })],
  [['complaint'], 'complains', sns({ eventType: 'Complaint', mail: {}, complaint: { complainedRecipients: to(), complaintFeedbackType: 'abuse' } })],
  [['delayed'], 'is delayed', sns({ eventType: 'DeliveryDelay', deliveryDelay: { delayType: 'MailboxFull', delayedRecipients: to() } })],
  [[], 'got it', sns({ eventType: 'Delivery', delivery: {} })],
  [[], 'is nothing at all', sns([])],
];
test.each(ofSes)('Amazon: %j when a recipient %s', (kinds, _what, body) => {
  expect(kindsOf('ses', body)).toEqual(kinds);
});

test('SendGrid: what failed, and nothing of an event that is odd', () => {
  const event = (more: object) => ({ email: 'ann@example.org', sg_event_id: `${Math.random()}`, 'smtp-id': '<1@example.com>', ...more });
  const given: [string | null, object][] = [
    ['hard', { event: 'bounce', type: 'bounce', status: '5.1.1', reason: '550 5.1.1 no such user', bounce_classification: 'Invalid Address' }],
    ['hard', { event: 'bounce', type: 'bounce', status: '5.0.0', reason: '550', bounce_classification: 'Invalid Address' }],
    ['policy', { event: 'bounce', type: 'blocked', status: '5.7.1', reason: '550 blocked', bounce_classification: 'Reputation' }],
    ['soft', { event: 'bounce', type: 'blocked', status: '5.1.1', reason: '550 user unknown', bounce_classification: 'Technical' }],
    ['delayed', { event: 'deferred', response: '451 later' }],
    ['complaint', { event: 'spamreport' }],
    ['complaint', { event: 'unsubscribe' }],
    ['hard', { event: 'dropped', reason: 'Bounced Address' }],
    ['complaint', { event: 'dropped', reason: 'Spam Reporting Address' }],
    ['policy', { event: 'dropped', reason: 'Spam Content' }],
    [null, { event: 'open' }],
    [null, { event: 'delivered' }],
  ];
  expect(kindsOf('sendgrid', [...given.map(([, one]) => event(one)), 7, null, { event: ['x'] }])).toEqual(given.flatMap(([kind]) => kind ?? []));
  expect(read('sendgrid', [event({ event: 'bounce', status: '5.1.1', reason: 'x' })])[0]).toMatchObject({
    messageIds: ['<1@example.com>'],
    status: '5.1.1',
  });
});

test('Postmark: by its own types', () => {
  const bounce = (Type: string, Details = '') => ({ RecordType: 'Bounce', ID: 42, Type, Email: 'ann@example.org', Details });
  expect(read('postmark', bounce('HardBounce', 'no such user'))).toMatchObject([
    { id: '42', kind: 'hard', recipient: 'ann@example.org', diagnostic: 'no such user' },
  ]);
  const types = ['SoftBounce', 'Transient', 'DnsError', 'SpamNotification', 'Blocked', 'AutoResponder', 'SpamComplaint', 'Subscribe'];
  expect(types.flatMap((type) => kindsOf('postmark', bounce(type)))).toEqual(['soft', 'soft', 'soft', 'policy', 'policy', 'auto_reply', 'complaint']);
  expect(kindsOf('postmark', { RecordType: 'SpamComplaint', ID: 1, Email: 'ann@example.org' })).toEqual(['complaint']);
  expect(
    kindsOf('postmark', { RecordType: 'SubscriptionChange', SuppressSending: true, SuppressionReason: 'ManualSuppression', Recipient: 'a@b.c' }),
  ).toEqual(['complaint']);
  expect(kindsOf('postmark', { RecordType: 'SubscriptionChange', SuppressSending: false })).toEqual([]);
  expect(kindsOf('postmark', { RecordType: 'Open' })).toEqual([]);
});

test('Mailgun: by its events, severity and the server’s words', () => {
  const event = (more: object) => ({
    'event-data': { id: 'e1', recipient: 'ann@example.org', message: { headers: { 'message-id': '1@example.com' } }, ...more },
  });
  const failed = (severity: string, message: string, status?: string) =>
    event({ event: 'failed', severity, 'delivery-status': { message, 'enhanced-code': status, code: 550 } });
  expect(read('mailgun', failed('permanent', '5.1.1 user unknown', '5.1.1'))).toMatchObject([
    { id: 'e1', kind: 'hard', status: '5.1.1', messageIds: ['<1@example.com>'] },
  ]);
  expect(kindsOf('mailgun', failed('temporary', 'later'))).toEqual(['delayed']);
  expect(kindsOf('mailgun', failed('permanent', 'mailbox full', '5.2.2'))).toEqual(['soft']);
  expect(kindsOf('mailgun', failed('permanent', 'listed at spamhaus', '5.7.1'))).toEqual(['policy']);
  expect(kindsOf('mailgun', event({ event: 'failed', severity: 'permanent', reason: 'suppress-bounce' }))).toEqual(['hard']);
  expect(kindsOf('mailgun', event({ event: 'complained' }))).toEqual(['complaint']);
  expect(kindsOf('mailgun', event({ event: 'opened' }))).toEqual([]);
});

test('anybody else: our own words, and what does not fit them is left out alone', () => {
  const events = [
    { id: 'a', kind: 'hard', recipient: 'ann@example.org', messageId: '1@example.com', status: '5.1.1' },
    { id: 'b', kind: 'odd' },
    { kind: 'soft' },
    { id: 'c', kind: 'policy' },
  ];
  expect(read('generic', { events })).toMatchObject([
    { id: 'a', kind: 'hard', recipient: 'ann@example.org', messageIds: ['<1@example.com>'], status: '5.1.1' },
    { id: 'c', kind: 'policy', recipient: null, messageIds: [], status: null },
  ]);
});
