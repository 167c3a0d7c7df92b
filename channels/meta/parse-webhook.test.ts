import { expect, test } from 'vitest';
import { type Platform, PlatformEvent } from '#core/platform-event.ts';
import { toInstant } from './loose.ts';
import { parseWebhook, readBody } from './parse-webhook.ts';
import { wrongedBy } from './testing/mutations.ts';

const at = '1700000000';
const atIso = '2023-11-14T22:13:20.000Z';
const whatsapp = (value: object, field = 'messages') => ({
  object: 'whatsapp_business_account',
  entry: [{ id: 'waba', changes: [{ field, value: { metadata: { phone_number_id: 'phone' }, ...value } }] }],
});
const incoming = (...messages: object[]) => whatsapp({ messages: messages.map((one) => ({ from: '4911', id: 'wamid.1', timestamp: at, ...one })) });
const talk = (what: object, list = 'messaging') => ({
  object: 'page',
  entry: [{ id: 'page', time: 1700000000123, [list]: [{ sender: { id: 'psid' }, recipient: { id: 'page' }, timestamp: 1700000000000, ...what }] }],
});
const eventsOf = (body: unknown, platform: Platform = 'whatsapp') => {
  const { events } = parseWebhook(body, platform);
  for (const event of events) expect(PlatformEvent.parse(event)).toEqual(event);
  return events;
};

const ofWhatsapp: [what: string, body: object, event: object][] = [
  ['a text', incoming({ type: 'text', text: { body: 'Hi' } }), { kind: 'message_in', type: 'text', from: '4911', to: 'phone', text: 'Hi' }],
  ['a text that says no type', incoming({ text: { body: 'Hi' } }), { kind: 'message_in', type: 'text', text: 'Hi' }],
  [
    'a voice message under its old name',
    incoming({ type: 'voice', voice: { id: 7 } }),
    { type: 'audio', media: { id: '7', mime: null, voice: true } },
  ],
  ['a place at nought', incoming({ type: 'location', location: { latitude: 0, longitude: 0.0 } }), { location: { latitude: 0, longitude: 0 } }],
  ['an image that does not come with it', incoming({ type: 'image', errors: [{ code: 0 }] }), { type: 'unsupported', rawType: 'image', errors: [0] }],
  ['a kind of tomorrow', incoming({ type: 'hologram', hologram: {} }), { kind: 'message_in', type: 'unsupported', rawType: 'hologram', text: null }],
  [
    'a reaction that is taken back',
    incoming({ type: 'reaction', reaction: { message_id: 'a', emoji: '' } }),
    { kind: 'reaction', target: 'a', emoji: null },
  ],
  ['a reaction to nothing', incoming({ type: 'reaction' }), { kind: 'unknown', type: 'reaction', from: '4911' }],
  ['a revoke', incoming({ type: 'revoke', revoke: { original_message_id: 'a' } }), { kind: 'unsend', id: 'a' }],
  [
    'an order without a text',
    incoming({ type: 'order', order: { text: '', product_items: [{}, {}] } }),
    { type: 'order', text: null, orderItems: 2 },
  ],
  [
    'a card with first and last name',
    incoming({ type: 'contacts', contacts: [{ name: { first_name: 'A', last_name: 'B' } }] }),
    { sharedContacts: ['A B'] },
  ],
  ['a message of a group', incoming({ type: 'text', text: { body: 'x' }, group_id: 'g' }), { kind: 'message_in', group: 'g' }],
  ['a message in standby', whatsapp({ messages: [{ from: '1', id: 'a', type: 'text', text: { body: 'x' } }] }, 'standby'), { standby: true }],
  [
    'a call that has its own list',
    whatsapp({ calls: [{ id: 'c', from: '1', event: 'connect', timestamp: at }] }, 'calls'),
    { kind: 'call', status: 'connect' },
  ],
  [
    'a status of tomorrow',
    whatsapp({ statuses: [{ id: 'a', status: 'warning' }] }),
    { kind: 'status', status: 'unknown', rawStatus: 'warning', to: null },
  ],
  [
    'errors alone',
    whatsapp({ errors: [{ code: '130429', title: 'Slow down' }] }),
    { kind: 'error', errors: [130429], to: 'phone', text: 'Slow down' },
  ],
  [
    'a new user id under the older field',
    whatsapp({ user_id_update: [{ wa_id: '49', user_id: { previous: 'a', current: 'b' } }] }, 'user_id_update'),
    { kind: 'system', type: 'user_changed_user_id', oldId: 'a', newId: 'b', from: '49' },
  ],
  ['control of a thread', whatsapp({ control_passed: {} }, 'messaging_handovers'), { kind: 'handover', event: 'control_passed' }],
  [
    'a template that was paused',
    whatsapp({ event: 'PAUSED', message_template_id: 12 }, 'message_template_status_update'),
    { status: 'PAUSED', templateId: '12' },
  ],
  ['a field of tomorrow', whatsapp({ anything: 1 }, 'flows'), { kind: 'unknown', field: 'flows', account: 'waba' }],
  ['a change without its value', { entry: [{ id: 'waba', changes: [{ field: 'messages' }] }] }, { kind: 'unknown', field: 'messages' }],
];

test.each(ofWhatsapp)('WhatsApp: %s', (_what, body, event) => {
  expect(eventsOf(body)).toMatchObject([event]);
});

const ofPage: [what: string, body: object, event: object][] = [
  ['a text', talk({ message: { mid: 'm', text: 'Hi' } }), { kind: 'message_in', type: 'text', from: 'psid', to: 'page', id: 'm', text: 'Hi' }],
  ['an id that is a number', talk({ sender: { id: 12 }, message: { mid: 'm', text: 'x' } }), { from: '12' }],
  [
    'a sticker',
    talk({ message: { mid: 'm', attachments: [{ type: 'image', payload: { url: 'u', sticker_id: 36 } }] } }),
    { type: 'sticker', attachments: [{ url: 'u' }] },
  ],
  ['a heart, which has no payload', talk({ message: { mid: 'm', attachments: [{ type: 'like_heart' }] } }), { type: 'sticker', text: null }],
  [
    'a link whose payload is a text',
    talk({ message: { mid: 'm', attachments: [{ type: 'fallback', title: 't', url: 'u', payload: 'p' }] } }),
    { type: 'share', attachments: [{ url: 'u', title: 't' }] },
  ],
  [
    'a place',
    talk({ message: { mid: 'm', attachments: [{ type: 'location', payload: { coordinates: { lat: 1.5, long: 0 } } }] } }),
    { type: 'location', location: { latitude: 1.5, longitude: 0 } },
  ],
  ['a file', talk({ message: { mid: 'm', attachments: [{ type: 'file', payload: { url: 'u' } }] } }), { type: 'document', media: { url: 'u' } }],
  ['an answer that was pressed', talk({ message: { mid: 'm', text: 'Yes', quick_reply: { payload: 'YES' } } }), { type: 'text', payload: 'YES' }],
  [
    'an echo',
    talk({ sender: { id: 'page' }, recipient: { id: 'psid' }, message: { mid: 'm', text: 'x', is_echo: true } }),
    { kind: 'echo', from: 'page', to: 'psid' },
  ],
  ['an edit', talk({ message_edit: { mid: 'm', text: 'new', num_edit: 1 } }), { kind: 'edit', id: 'm', text: 'new' }],
  ['a reaction', talk({ reaction: { mid: 'm', action: 'react', reaction: 'love' } }), { kind: 'reaction', target: 'm', emoji: 'love' }],
  ['a reaction that is taken back', talk({ reaction: { mid: 'm', action: 'unreact', emoji: '❤' } }), { kind: 'reaction', emoji: null }],
  ['a delivery', talk({ delivery: { mids: ['a', 5], watermark: 1700000000000 } }), { kind: 'delivery', ids: ['a', '5'], watermark: atIso }],
  ['a reading', talk({ read: { watermark: 1700000000000 } }), { kind: 'read', ids: [], watermark: atIso }],
  [
    'a postback',
    talk({ postback: { title: 'Go', payload: 'GO', mid: 'm', referral: { ref: 'r' } } }),
    { kind: 'postback', text: 'Go', payload: 'GO', referral: { ref: 'r' } },
  ],
  ['a referral', talk({ referral: { ref: 'r', source: 'ADS', ad_id: 9 } }), { kind: 'referral', referral: { sourceId: '9', sourceType: 'ADS' } }],
  [
    'an opt-in of somebody without an id',
    talk({ sender: { user_ref: 'u' }, optin: { ref: 'r', user_ref: 'u' } }),
    { kind: 'optin', from: null, userRef: 'u' },
  ],
  ['a handover', talk({ pass_thread_control: { new_owner_app_id: 5 } }), { kind: 'handover', event: 'pass_thread_control', newOwner: '5' }],
  ['a thread of another app', talk({ message: { mid: 'm', text: 'x' } }, 'standby'), { kind: 'message_in', standby: true }],
  ['a policy', talk({ policy_enforcement: { action: 'block' } }), { kind: 'account_event', field: 'policy_enforcement', event: 'block' }],
  [
    'a comment',
    { object: 'page', entry: [{ id: 'page', changes: [{ field: 'feed', value: { item: 'comment' } }] }] },
    { kind: 'unknown', field: 'feed', account: 'page' },
  ],
  ['a talk of tomorrow', talk({ hologram: {} }), { kind: 'unknown', type: 'hologram', from: 'psid' }],
];

test.each(ofPage)('Messenger: %s', (_what, body, event) => {
  expect(eventsOf(body, 'messenger')).toMatchObject([event]);
});

test('a body says for itself which platform it is about', () => {
  expect(parseWebhook({ ...talk({ message: { mid: 'm', text: 'x' } }), object: 'instagram' }, 'messenger').platform).toBe('instagram');
  expect(parseWebhook({ object: 'user', entry: [] }, 'messenger')).toEqual({ platform: 'messenger', events: [] });
});

test('each field of each body may be missing or of another type: nothing is thrown, and no sibling is lost', () => {
  const shared = whatsapp({
    contacts: [{ profile: { name: 'Ann', username: 'ann' }, wa_id: '4911', user_id: 'DE.1' }],
    messages: [
      { from: '4911', id: 'wamid.1', timestamp: at, type: 'button', button: { text: 'x' }, context: { id: 'q' }, referral: { source_id: 'a' } },
    ],
    message_echoes: [
      { from: '1', to: '2', id: 'echo', type: 'edit', edit: { original_message_id: 'a', message: { type: 'text', text: { body: 'x' } } } },
    ],
    statuses: [{ id: 's', status: 'failed', errors: [{ code: 1 }], pricing: { billable: true }, conversation: { id: 'c' } }],
    calls: [{ id: 'c' }],
    errors: [{ code: 1 }],
  });
  const bodies: [Platform, unknown][] = [
    ['whatsapp', shared],
    ...ofWhatsapp.map(([, body]): [Platform, unknown] => ['whatsapp', body]),
    ...ofPage.map(([, body]): [Platform, unknown] => ['messenger', body]),
  ];
  const wronged = bodies.map(([platform, body]) => wrongedBy(body, platform));
  expect(wronged.flatMap(({ problems }) => problems)).toEqual([]);
  expect(wronged.reduce((sum, { mutants }) => sum + mutants, 0)).toBeGreaterThan(4000);
});

test('a body repeats itself: each message and each status is told once, and unknown parts are counted', () => {
  const body = whatsapp({
    messages: [
      { from: '1', id: 'a', type: 'text', text: { body: 'one' } },
      { from: '1', id: 'a', type: 'text', text: { body: 'again' } },
      { from: '1', id: 'a=', type: 'text', text: { body: 'another' } },
      7,
      7,
    ],
    statuses: [
      { id: 's', status: 'sent' },
      { id: 's', status: 'sent' },
      { id: 's', status: 'read' },
    ],
  });
  expect(eventsOf(body).map((event) => ('id' in event && event.id) || event.kind)).toEqual(['a', 'a=', 'unknown', 'unknown', 's', 's']);
});

test('times come in seconds, milliseconds and ISO texts; what is none is null', () => {
  for (const value of [
    1700000000,
    '1700000000',
    1700000000000,
    '1700000000000',
    '2023-11-14T22:13:20+0000',
    '2023-11-14T23:13:20+01:00',
    '2023-11-14T22:13:20',
  ])
    expect(toInstant(value)).toBe(atIso);
  for (const value of ['', 'soon', '17.11.2023', -1, Number.NaN, 1e308, {}, null, undefined, '2023-99-99']) expect(toInstant(value)).toBeNull();
  expect(eventsOf(talk({ timestamp: undefined, read: {} }), 'messenger')[0]?.timestamp).toBe('2023-11-14T22:13:20.123Z');
  expect(eventsOf(talk({ timestamp: 'soon', read: {} }), 'messenger')[0]?.timestamp).toBeNull();
});

test('ids that are too large for a number keep every digit', () => {
  const text =
    '{"object":"page","entry":[{"id":12345678901234567891,"messaging":[{"sender":{"id":98765432109876543210},"message":{"mid":"m","text":"1e3"}}]}]}';
  expect(eventsOf(readBody(text), 'messenger')).toMatchObject([{ from: '98765432109876543210', to: '12345678901234567891', text: '1e3' }]);
});
