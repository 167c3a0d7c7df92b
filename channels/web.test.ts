import { expect, test } from 'vitest';
import type { Outgoing } from '#core/channel.ts';
import { createWebChannel, type FlowCall, type FlowResult } from './web.ts';

const account = { id: 'a', workspaceId: 'w', channel: 'pigeon' };
const pack = { addressedBy: 'phone', reports: ['sent'], messageIds: 'account', text: { maxLength: 100 } } as const;
const signal = new AbortController().signal;
const bubble = { id: 'M1', text: 'Hi', author: null, direction: 'in', status: null, at: null, kind: 'text' } as const;

/** A channel over a page that answers each flow with what is given. */
function channelOn(answers: Record<string, FlowResult>) {
  const calls: FlowCall[] = [];
  const run = async (_account: unknown, call: FlowCall) => {
    calls.push(call);
    return answers[call.flow] ?? ({ is: 'done', rows: {}, messages: [] } as const);
  };
  return { calls, channel: createWebChannel({ runner: { run }, packs: new Map([['pigeon', pack]]) }) };
}
const message = (change: Partial<Outgoing>): Outgoing => ({
  deliveryId: 'd',
  to: { kind: 'phone', value: '+4915550000101' },
  text: 'Hi',
  commit: async () => undefined,
  ...change,
});
const done = (rows: Record<string, Record<string, string | null>[]>) => ({ is: 'done' as const, rows, messages: [bubble] });

test('a file and a reply are flows of their own, and a crash of a file is looked for as a file', async () => {
  const sent = { is: 'sent', platformId: 'M2', at: new Date(0), status: 'sent', conversation: null } as const;
  const { calls, channel } = channelOn({ send: sent, sendMedia: sent, reply: sent, confirmMedia: { is: 'absent' } });
  const media = { kind: 'document', name: 'a.pdf', mimeType: 'application/pdf', content: new Uint8Array([1]) } as const;
  await channel.send(account, message({}), signal);
  await channel.send(account, message({ media }), signal);
  await channel.send(account, message({ quoted: 'M1' }), signal);
  const attempt = { deliveryId: 'd', to: message({}).to, text: '', mediaKind: 'document', anchor: null, committedAt: new Date(0) } as const;
  expect(await channel.confirm(account, attempt, signal)).toEqual({ is: 'absent' });
  expect(calls.map(({ flow, input: { kind, quoted }, media: file }) => [flow, kind, quoted, file?.name])).toEqual([
    ['send', undefined, undefined, undefined],
    ['sendMedia', 'document', undefined, 'a.pdf'],
    ['reply', undefined, 'M1', undefined],
    ['confirmMedia', 'document', undefined, undefined],
  ]);
  await expect(channel.send(account, message({ media, quoted: 'M1' }), signal)).rejects.toMatchObject({ code: 'send_refused' });
});

test('what was said in a group belongs to the group, under the address that opens it again', async () => {
  const ask = { at: null, watched: [{ conversation: 'Book club', name: 'Book club' }], awaiting: [], openUnread: false };
  // Of messages in a row only the first one names its author.
  const said = [{ author: 'Anna' }, { author: null }, { author: null, direction: 'out' }, { author: null }, { author: 'Ben' }] as const;
  const messages = said.map((each, at) => ({ ...bubble, id: `M${at}`, ...each }));
  const known = channelOn({ read: { ...done({ group: [{ group: 'Book club', title: 'Book club' }] }), messages } });
  const read = (await known.channel.read(account, ask, signal)).messages;
  expect(read[0]).toMatchObject({ conversation: 'group:Book club', peer: { value: 'group:Book club', name: 'Book club' }, platformId: 'M0' });
  expect(read.map(({ author }) => author)).toEqual(['Anna', 'Anna', undefined, null, 'Ben']);
  const unsure = channelOn({ read: done({ group: [{ group: null, title: 'Tea, please' }] }) });
  expect((await unsure.channel.read(account, ask, signal)).messages).toEqual([]);
});

test('a chat that was answered while it lay open has no badge, and is read because the last word is theirs', async () => {
  const row = (conversation: string, tick: string, unread = '0') => ({ conversation, name: conversation, tick, unread });
  const ticks = [row('Ann', 'none'), row('Ben', 'read'), row('Cleo', 'none', '2'), row('+49 155 50000101', 'none'), row('Stranger', 'none')];
  const { calls, channel } = channelOn({ unread: done({ ticks, unread: [] }) });
  const awaiting = [
    { conversation: '+49 155 7', name: 'Ann' },
    { conversation: 'Ben', name: 'Ben' },
    { conversation: 'Cleo', name: 'Cleo' },
    { conversation: '+4915550000101', name: 'Dora' },
  ];
  await channel.read(account, { at: null, watched: [], awaiting, openUnread: false }, signal);
  expect(calls.filter(({ flow }) => flow === 'read').map(({ input }) => input.to)).toEqual(['+49 155 7', '+4915550000101']);
});
