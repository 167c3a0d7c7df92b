import type { Platform } from '#core/platform-event.ts';

export type Body = { platform: Platform; body: unknown };
/** The account's ends: a phone number's id and a page's. */
export type Ends = { phone: string; page: string };

/** Eight bodies for each story, in the order in which they happened: said, answered, received, changed, taken back. */
export const bodiesFor = (ends: Ends, stories: number): Body[] => Array.from({ length: stories }, (_, n) => storyOf(ends, n)).flat();

const people = 40;

function storyOf({ phone, page }: Ends, n: number): Body[] {
  const who = n % people;
  const from = `49151${1_000_000 + who}`;
  const at = (second: number) => String(1_700_000_000 + n * 100 + second);
  const of = (id: string) => ({ id: `${id}${n}` });
  const change = (value: object): Body => ({
    platform: 'whatsapp',
    body: {
      object: 'whatsapp_business_account',
      entry: [{ id: 'waba', changes: [{ field: 'messages', value: { metadata: { phone_number_id: phone }, ...value } }] }],
    },
  });
  // Every third body knows the person by the user id alone.
  const wa = (one: object, nth: number) => {
    const sender = (n + nth) % 3 === 0 ? { from_user_id: `DE.${who}` } : { from };
    const card = { user_id: `DE.${who}`, profile: { name: `Person ${who}` }, ...('from' in sender ? { wa_id: from } : {}) };
    return change({ contacts: [card], messages: [{ ...sender, ...one }] });
  };
  const status = (name: string, second: number, more: object = {}) =>
    change({ statuses: [{ ...of('out'), status: name, timestamp: at(second), recipient_id: from, ...more }] });
  const talk = (mid: string) => ({
    sender: { id: `${n % 7}` },
    recipient: { id: page },
    timestamp: Number(at(8)) * 1000,
    message: { mid, text: 'hi' },
  });
  return [
    wa({ ...of('in'), timestamp: at(1), type: 'text', text: { body: `hello ${n}` } }, 0),
    change({ message_echoes: [{ to: from, to_user_id: `DE.${who}`, ...of('out'), timestamp: at(2), type: 'text', text: { body: 'ours' } }] }),
    status('sent', 3),
    status(n % 3 === 0 ? 'failed' : 'delivered', 4, n % 3 === 0 ? { errors: [{ code: n }] } : {}),
    status(n % 2 === 0 ? 'read' : 'sent', 5),
    wa(
      {
        ...of('edit'),
        timestamp: at(6),
        type: 'edit',
        edit: { original_message_id: `in${n}`, message: { type: 'text', text: { body: `better ${n}` } } },
      },
      1,
    ),
    wa({ ...of('react'), timestamp: at(7), type: 'reaction', reaction: { message_id: `out${n}`, emoji: n % 5 === 0 ? '' : '👍' } }, 2),
    n % 2 === 0
      ? wa({ ...of('gone'), timestamp: at(8), type: 'revoke', revoke: { original_message_id: `in${n}` } }, 2)
      : { platform: 'messenger', body: { object: 'page', entry: [{ id: page, messaging: [talk(`mid${n}`)] }] } },
  ];
}
