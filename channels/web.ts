import type { AccountRef, Capabilities, Channel, Confirmation, Incoming, Media, Outgoing, ReadReport, ReadSince } from '#core/channel.ts';
import type { Anchor } from '#core/delivery.ts';
import { Failure } from '#core/failure.ts';
import { titleKey } from '#core/title-key.ts';

type Rows = Record<string, Record<string, string | null>[]>;
type Bubble = {
  id: string;
  text: string;
  author: string | null;
  direction: 'in' | 'out' | 'unsure';
  status: Incoming['status'];
  at: Date | null;
  kind: string;
};
/** What a flow answers; the engine's outcome has this shape. */
export type FlowResult =
  | { is: 'sent'; platformId: string; at: Date; status: 'sent' | 'delivered' | 'read'; conversation: string | null }
  | { is: 'dry_run' }
  | { is: 'absent' }
  | { is: 'refused'; why: string }
  | { is: 'unknown'; why: string }
  | { is: 'done'; rows: Rows; messages: Bubble[] };
export type FlowCall = {
  flow: string;
  input: Record<string, string>;
  commit?: (anchor: Anchor) => Promise<void>;
  dryRun?: boolean;
  retried?: boolean;
  anchor?: Anchor | null;
  deliveryId?: string | null;
  media?: Media | null;
};

/** What the web channel needs of whoever owns the browsers. */
export interface PackRunner {
  /** Opens a profile that sleeps. Throws why the account cannot type now. */
  run(account: AccountRef, call: FlowCall, signal: AbortSignal): Promise<FlowResult>;
}
/** The part of a pack that says what its messenger can do. */
export type WebPack = {
  addressedBy: 'phone' | 'jid' | 'handle';
  reports: readonly ('sent' | 'delivered' | 'read')[];
  messageIds: 'account' | 'conversation';
  text: { maxLength: number };
};

/** More unread conversations are read in the next round. */
const mostOpened = 10;

/** One channel for every web messenger: the pack is the difference. */
export function createWebChannel({ runner, packs }: { runner: PackRunner; packs: ReadonlyMap<string, WebPack> }): Channel {
  const packOf = (account: AccountRef): WebPack => {
    const pack = packs.get(account.channel);
    if (!pack) throw new Failure('script_invalid', `There is no script pack named ${account.channel}.`);
    return pack;
  };
  const read = async (account: AccountRef, to: string, name: string, signal: AbortSignal): Promise<Incoming[]> => {
    const result = await runner.run(account, { flow: 'read', input: { to, name } }, signal);
    return result.is === 'done'
      ? authored(result.messages).flatMap((bubble) => incomingOf(bubble, { pack: packOf(account), asked: to, name, rows: result.rows }))
      : [];
  };
  return {
    capabilities: async (account) => capabilitiesOf(packOf(account)),
    async send(account, message, signal) {
      const { to } = message;
      const call: FlowCall = {
        ...flowFor(message, packOf(account)),
        commit: message.commit,
        dryRun: message.dryRun ?? false,
        retried: message.retried ?? false,
        deliveryId: message.deliveryId,
      };
      const result = await runner.run(account, call, signal);
      if (result.is === 'sent') return sentOf(result, packOf(account), to.value);
      if (result.is === 'dry_run') return { is: 'dry_run' };
      throw new Failure('not_proven', 'why' in result ? result.why : undefined);
    },
    async confirm(account, attempt, signal): Promise<Confirmation> {
      const { to, text, anchor, deliveryId, mediaKind: kind } = attempt;
      const input = { to: to.value, name: to.name ?? '', text, ...(kind && { kind }) };
      const call = { flow: kind ? 'confirmMedia' : 'confirm', input, anchor, deliveryId };
      const result = await runner.run(account, call, signal);
      if (result.is === 'sent') return sentOf(result, packOf(account), to.value);
      if (result.is === 'absent') return { is: 'absent' };
      if (result.is === 'refused') return { is: 'refused', why: result.why };
      return { is: 'unknown', why: 'why' in result ? result.why : 'The messenger did not show what became of it.' };
    },
    async read(account, since, signal): Promise<ReadReport> {
      const found = await runner.run(account, { flow: 'unread', input: {} }, signal);
      const unread = found.is === 'done' ? unreadOf(found.rows) : [];
      const answered = found.is === 'done' ? answeredOf(found.rows, since.awaiting) : [];
      const opened = [...(since.openUnread ? unread.slice(0, mostOpened) : []), ...answered.slice(0, mostOpened), ...since.watched];
      const messages: Incoming[] = [];
      for (const one of new Map(opened.map((each) => [each.conversation, each])).values())
        messages.push(...(await read(account, one.conversation, one.name, signal)));
      return { messages, unread, ticks: found.is === 'done' ? ticksOf(found.rows) : [] };
    },
    async check(account, signal) {
      const result = await runner.run(account, { flow: 'check', input: {} }, signal);
      const rows = result.is === 'done' ? Object.values(result.rows).flat() : [];
      return { identity: rows.map((row) => row.identity ?? null).find((name) => name !== null) ?? null };
    },
  };
}

/** A file and a reply are sends of their own; a pack that has no such flow refuses. */
function flowFor({ to, text, media, quoted }: Outgoing, pack: WebPack): Pick<FlowCall, 'flow' | 'input' | 'media'> {
  const input = { to: to.value, name: to.name ?? '', text };
  if (media && quoted) throw new Failure('send_refused', 'A reply with a file is not possible yet.');
  if (media) return { flow: 'sendMedia', input: { ...input, kind: media.kind }, media };
  return quoted ? { flow: 'reply', input: { ...input, quoted: pageId(pack, quoted) } } : { flow: 'send', input };
}

function capabilitiesOf(pack: WebPack): Capabilities {
  return { addressedBy: pack.addressedBy, reports: pack.reports, canConfirm: true, canRead: true, parallel: 1, maxTextLength: pack.text.maxLength };
}

function unreadOf(rows: Rows): ReadReport['unread'] {
  return (rows.unread ?? []).flatMap((row) => {
    const conversation = row.conversation ?? row.name;
    return conversation
      ? [{ conversation, name: row.name ?? conversation, count: Number.parseInt((row.count ?? '1').replaceAll(/\D/g, ''), 10) || 1 }]
      : [];
  });
}

/** Chats that show neither a badge nor the tick of our last message: the last word there is not ours any more. */
function answeredOf(rows: Rows, awaiting: ReadSince['awaiting']): ReadSince['awaiting'] {
  const theirs = new Set(
    (rows.ticks ?? []).filter((row) => row.tick === 'none' && !Number(row.unread)).map((row) => titleKey(row.conversation ?? '')),
  );
  return awaiting.filter((one) => theirs.has(titleKey(one.conversation)) || theirs.has(titleKey(one.name)));
}

const rungs = ['sent', 'delivered', 'read'] as const;

function ticksOf(rows: Rows): ReadReport['ticks'] {
  return (rows.ticks ?? []).flatMap((row) => {
    const status = rungs.find((rung) => rung === row.tick);
    return status && row.conversation ? [{ conversation: row.conversation, status }] : [];
  });
}

/** An id that is unique within the account, whatever the messenger counts by. */
const messageId = ({ messageIds }: WebPack, conversation: string, id: string): string =>
  messageIds === 'conversation' ? `${conversation}:${id}` : id;

/** The other way round: what the page itself calls a message. */
const pageId = ({ messageIds }: WebPack, id: string): string => (messageIds === 'conversation' ? id.slice(id.lastIndexOf(':') + 1) : id);

function sentOf(result: Extract<FlowResult, { is: 'sent' }>, pack: WebPack, to: string) {
  const conversation = result.conversation ?? to;
  return { is: 'sent' as const, platformId: messageId(pack, conversation, result.platformId), at: result.at, conversation };
}

/** Messengers name the author once above several messages in a row. */
function authored(bubbles: Bubble[]): Bubble[] {
  let author: string | null = null;
  return bubbles.map((bubble) => {
    author = bubble.direction === 'out' ? null : (bubble.author ?? author);
    return { ...bubble, author };
  });
}

type Place = { pack: WebPack; asked: string; name: string; rows: Rows };
const kinds = ['text', 'image', 'video', 'audio', 'document'] as const;

/**
 * A bubble as the rest of the program takes it in. In doubt it came in: one message too many is cheap, a missed STOP is not. What the page
 * says of the peer outweighs what it was asked for by: its `address` is the person's, its `conversation` the messenger's own id of the chat.
 */
function incomingOf(bubble: Bubble, { pack, asked, name, rows }: Place): Incoming[] {
  const [peer] = rows.peer ?? [];
  const [group] = rows.group ?? [];
  // A group whose name the page does not tell surely could be taken for a person's.
  if (group && !group.group) return [];
  const conversation = group ? `group:${group.group}` : (peer?.conversation ?? asked);
  const direction = bubble.direction === 'out' ? 'out' : 'in';
  return [
    {
      conversation,
      peer: { kind: pack.addressedBy, value: group ? conversation : (peer?.address ?? asked), ...(name ? { name } : {}) },
      platformId: messageId(pack, conversation, bubble.id),
      direction,
      kind: kinds.find((known) => known === bubble.kind) ?? 'other',
      text: bubble.text,
      ...(group && direction === 'in' && { author: bubble.author }),
      at: bubble.at,
      status: direction === 'out' ? bubble.status : null,
    },
  ];
}
