import { Router } from 'express';
import { actAs, textIn, tokenOf, unknownObject } from './door.ts';
import { GraphError } from './errors.ts';
import type { Message } from './model.ts';
import { customerOf, type Lab } from './store.ts';

/** Details of a conversation's older messages are not given. */
const detailed = 20;
const usualLength = 25;

/** `GET /{page or Instagram account}/conversations` and `GET /{conversation}`. WhatsApp lists nothing. */
export function conversationsApi(lab: Lab): Router {
  const router = Router();
  router.get('/:id/conversations', (request, response, next) => {
    const id = actAs(lab, request);
    const platform = textIn(request.query, 'platform') ?? 'messenger';
    const page = lab.pages.get(id);
    if (!page && !lab.instagrams.has(id)) return next();
    const account = page && platform === 'instagram' ? page.instagramId : id;
    if (!account) throw new GraphError(100, { message: 'The page has no Instagram account' });
    const all = talksOf(lab, account).map(({ id: talk, customer, messages }) => ({
      id: talk,
      updated_time: timeOf(messages[0]),
      ...(platform === 'messenger' && { unread_count: messages.filter((one) => one.direction === 'in' && one.status !== 'read').length }),
      participants: { data: [personOf(lab, messages[0], customer), { id: account, name: page?.name ?? lab.instagrams.get(account)?.username }] },
    }));
    const limit = Number(textIn(request.query, 'limit') ?? usualLength);
    const from = Number(textIn(request.query, 'after') ?? 0);
    const next_ = from + limit < all.length ? { next: `${lab.origin}/next`, cursors: { after: String(from + limit) } } : {};
    response.json({ data: all.slice(from, from + limit), paging: next_ });
  });
  router.get('/:id', (request, response, next) => {
    const [, account] = /^t_(\d+)_/.exec(request.params.id) ?? [];
    if (!account) return next();
    const { of } = tokenOf(lab, request);
    const talk = talksOf(lab, account).find(({ id }) => id === request.params.id);
    if (!talk || (of && !of.includes(account))) throw unknownObject(request.params.id);
    const limit = Number(/messages\.limit\((\d+)\)/.exec(textIn(request.query, 'fields') ?? '')?.[1] ?? usualLength);
    const data = talk.messages
      .slice(0, limit)
      .map((message, at) => (at < detailed ? shown(lab, message) : { id: message.id, created_time: timeOf(message) }));
    response.json({ id: talk.id, messages: { data } });
  });
  return router;
}

/** Newest first, and so are their messages. */
function talksOf(lab: Lab, account: string): { id: string; customer: string; messages: Message[] }[] {
  const talks = new Map<string, Message[]>();
  for (const message of lab.messages.values())
    if (message.account === account) talks.set(message.customer, [message, ...(talks.get(message.customer) ?? [])]);
  return [...talks]
    .map(([customer, messages]) => ({ id: `t_${account}_${customer}`, customer, messages }))
    .toSorted((a, b) => (b.messages[0]?.at ?? 0) - (a.messages[0]?.at ?? 0));
}

/** As Graph writes times. */
const timeOf = (message: Message | undefined): string => new Date(message?.at ?? 0).toISOString().replace(/\.\d+Z$/, '+0000');

function personOf(lab: Lab, message: Message | undefined, id: string) {
  const name = customerOf(lab, message?.platform ?? 'messenger', id).name || undefined;
  return message?.platform === 'instagram' ? { id, username: name } : { id, name };
}

function shown(lab: Lab, message: Message) {
  const { id, account, customer, direction, text, body } = message;
  const [ours, theirs] = [{ id: account }, personOf(lab, message, customer)];
  return {
    id,
    created_time: timeOf(message),
    from: direction === 'out' ? ours : theirs,
    to: { data: [direction === 'out' ? theirs : ours] },
    message: message.type === 'text' ? text : '',
    ...(body.attachment !== undefined && { attachments: { data: [{ id: `${id}.1`, name: 'file', mime_type: 'application/octet-stream' }] } }),
  };
}
