import type { Condition, Filter } from '#core/segment.ts';
import type { FilterWords, Group } from './use-segments.ts';

/** How each kind begins when somebody chooses it; what has to be named begins with the first there is. */
export const newConditions: { [K in Condition['of']]: (words: FilterWords) => Extract<Condition, { of: K }> } = {
  name: () => ({ of: 'name', is: 'like', value: '' }),
  address: () => ({ of: 'address', is: 'known', kind: 'phone' }),
  mail_domain: () => ({ of: 'mail_domain', is: 'at', value: '' }),
  field: ({ fields }) => ({ of: 'field', field: fields[0]?.key ?? '', is: 'equal', value: '' }),
  list: ({ lists }) => ({ of: 'list', is: 'on', id: lists[0]?.value ?? '' }),
  label: ({ labels }) => ({ of: 'label', is: 'with', id: labels[0]?.value ?? '' }),
  channel: ({ channels }) => ({ of: 'channel', is: 'used', channel: channels[0]?.value ?? '' }),
  consent: () => ({ of: 'consent', is: 'given' }),
  heard: () => ({ of: 'heard', is: 'within', days: 30 }),
  written: () => ({ of: 'written', is: 'within', days: 30 }),
  added: () => ({ of: 'added', is: 'within', days: 30 }),
  campaign: ({ campaigns }) => ({ of: 'campaign', is: 'got', id: campaigns[0]?.value ?? '' }),
};

/** What may be said of each kind, in the order in which it is offered. */
export const claims = {
  name: ['like', 'unlike'],
  address: ['known', 'unknown'],
  mail_domain: ['at', 'not_at'],
  field: ['equal', 'different', 'like', 'unlike', 'above', 'below', 'known', 'unknown'],
  list: ['on', 'off'],
  label: ['with', 'without'],
  channel: ['used', 'unused'],
  consent: ['given', 'refused', 'asked', 'suppressed', 'not_suppressed', 'reply_only', 'unstated'],
  heard: ['within', 'not_within'],
  written: ['within', 'not_within'],
  added: ['within', 'not_within'],
  campaign: ['got', 'not_got', 'read', 'not_read', 'answered', 'not_answered', 'failed'],
} as const satisfies { [K in Condition['of']]: readonly Extract<Condition, { of: K }>['is'][] };

export const newFilter = (): Filter => ({ match: 'all', conditions: [{ of: 'added', is: 'within', days: 30 }] });
export const newGroup = (): Group => ({ match: 'any', conditions: [{ of: 'consent', is: 'given' }] });
