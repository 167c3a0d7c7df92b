import { type Response, Router } from 'express';
import multer from 'multer';
import { z } from 'zod';
import { emit } from '#lab/messenger/event-log.ts';
import { act, actLater } from './acts.ts';
import { actAs, unknownObject } from './door.ts';
import { GraphError } from './errors.ts';
import { spendFault } from './faults.ts';
import { putFile } from './media.ts';
import type { Customer } from './model.ts';
import { addMessage, customerOf, type Lab, lastWroteAt, newMessageId } from './store.ts';

const Attachment = z.looseObject({
  type: z.enum(['image', 'audio', 'video', 'file', 'template', 'like_heart', 'media_share']),
  payload: z.looseObject({ url: z.string().optional(), attachment_id: z.union([z.string(), z.number()]).optional() }).optional(),
});
const Sent = z.looseObject({
  recipient: z.looseObject({ id: z.coerce.string().optional(), user_ref: z.string().optional(), comment_id: z.string().optional() }),
  messaging_type: z.enum(['RESPONSE', 'UPDATE', 'MESSAGE_TAG', 'UTILITY']).optional(),
  tag: z.string().optional(),
  sender_action: z.enum(['typing_on', 'typing_off', 'mark_seen', 'react', 'unreact']).optional(),
  payload: z.looseObject({ message_id: z.string(), reaction: z.string().optional() }).optional(),
  reply_to: z.looseObject({ mid: z.string() }).optional(),
  message: z
    .looseObject({
      text: z.string().min(1).optional(),
      attachment: Attachment.optional(),
      quick_replies: z
        .array(z.looseObject({ content_type: z.string(), title: z.string().max(20).optional(), payload: z.string().optional() }))
        .max(13)
        .optional(),
      metadata: z.string().max(1000).optional(),
    })
    .refine(({ text, attachment }) => (text === undefined) !== (attachment === undefined), 'Must have either text or attachment')
    .optional(),
});
type Sent = z.output<typeof Sent>;
type Account = { id: string; platform: 'messenger' | 'instagram' };

/** Letters on Messenger, bytes on Instagram. */
const maxLength = { messenger: 2000, instagram: 1000 } as const;

/** `POST /{page or Instagram account}/messages` and files of a page. */
export function pageMessagesApi(lab: Lab): Router {
  const router = Router();
  router.post('/:id/messages', (request, response) => {
    const account = accountOf(lab, actAs(lab, request), request.query.platform);
    const read = Sent.safeParse(request.body);
    if (!read.success) throw new GraphError(100, { message: z.prettifyError(read.error) });
    const sent = read.data;
    const customer = customerOn(lab, account, sent);
    if (sent.sender_action) return void response.json(doAction(lab, account, { sent, customer }));
    if (!sent.message) throw new GraphError(100, { message: 'The parameter message is required' });
    take(lab, account, { sent, customer, response });
  });
  const upload = multer({ limits: { fileSize: 25 * 1024 * 1024 } }).single('filedata');
  router.post('/:id/message_attachments', upload, (request, response) => {
    const account = actAs(lab, request);
    if (!lab.pages.has(account)) throw unknownObject(account);
    const { file } = request;
    if (!file && !JSON.stringify(request.body ?? {}).includes('"url"'))
      throw new GraphError(100, { message: 'Either filedata or a url is required' });
    const stored = putFile(lab, {
      account,
      name: file?.originalname ?? 'link',
      mimeType: file?.mimetype ?? 'application/octet-stream',
      content: file?.buffer ?? Buffer.alloc(0),
    });
    response.json({ attachment_id: stored.id });
  });
  return router;
}

/** A page speaks for its Instagram account too: whom it writes to decides. */
function accountOf(lab: Lab, id: string, platform: unknown): Account {
  const page = lab.pages.get(id);
  if (page?.instagramId && platform === 'instagram') return { id: page.instagramId, platform: 'instagram' };
  if (page) return { id, platform: 'messenger' };
  if (lab.instagrams.has(id)) return { id, platform: 'instagram' };
  throw unknownObject(id);
}

function customerOn(lab: Lab, { platform }: Account, { recipient }: Sent): Customer {
  const id = recipient.id ?? recipient.user_ref ?? recipient.comment_id;
  if (!id) throw new GraphError(100, { message: 'The parameter recipient is required' });
  if (!lab.customers.has(`${platform} ${id}`)) throw new GraphError(100, { subcode: 2018001, message: 'No matching user found' });
  const customer = customerOf(lab, platform, id);
  if (customer.hasBlocked || !customer.isReachable)
    throw new GraphError(551, { message: 'This person isn’t available right now.', subcode: 1545041 });
  return customer;
}

function take(lab: Lab, account: Account, { sent, customer, response }: { sent: Sent; customer: Customer; response: Response }): void {
  const fault = spendFault(lab, customer.id);
  if (fault?.how === 'instead') throw fault.error;
  const { text, attachment, ...rest } = sent.message ?? {};
  checkLength(account, text ?? '');
  checkFile(lab, attachment);
  checkWindow(lab, account, { sent, customer });
  const message = addMessage(lab, {
    id: newMessageId(account.platform),
    platform: account.platform,
    account: account.id,
    customer: customer.id,
    direction: 'out',
    type: attachment?.type ?? 'text',
    body: { ...rest, ...(attachment && { attachment }), ...(sent.reply_to && { reply_to: sent.reply_to }), ...(sent.tag && { tag: sent.tag }) },
    text: text ?? `[${attachment?.type}]`,
    callback: rest.metadata ?? null,
    status: 'accepted',
    errors: [],
    reactions: {},
    at: lab.now(),
  });
  actLater(lab, message, null);
  if (fault?.how === 'cut') return void response.socket?.destroy();
  if (fault?.how === 'after') throw fault.error;
  response.json({ recipient_id: customer.id, message_id: message.id });
}

function checkLength({ platform }: Account, text: string): void {
  const length = platform === 'instagram' ? Buffer.byteLength(text) : text.length;
  if (length > maxLength[platform])
    throw new GraphError(100, { subcode: 2018109, message: `Length of param message[text] must be less than or equal to ${maxLength[platform]}` });
}

function checkFile(lab: Lab, attachment: z.output<typeof Attachment> | undefined): void {
  const id = attachment?.payload?.attachment_id;
  if (id !== undefined && !lab.files.has(String(id))) throw new GraphError(100, { subcode: 2018074, message: 'Invalid attachment_id' });
}

/** 24 hours after the person's last word; with HUMAN_AGENT seven days. */
function checkWindow(lab: Lab, { id, platform }: Account, { sent, customer }: { sent: Sent; customer: Customer }): void {
  const { windowMs, humanAgentMs } = lab.settings;
  const isTagged = sent.messaging_type === 'MESSAGE_TAG';
  if (isTagged && !sent.tag) throw new GraphError(100, { subcode: 2018199, message: 'Message tag is required for MESSAGE_TAG' });
  if (sent.tag && sent.tag !== 'HUMAN_AGENT')
    throw new GraphError(100, { subcode: 2018300, message: `The tag ${sent.tag} is not supported on ${platform}` });
  const last = lastWroteAt(lab, { account: id, customer: customer.id });
  if (last === null || lab.now() - last > (isTagged ? humanAgentMs : windowMs))
    throw new GraphError(10, { subcode: 2018278, message: 'This message is sent outside of allowed window.', httpStatus: 400 });
}

function doAction(lab: Lab, account: Account, { sent, customer }: { sent: Sent; customer: Customer }) {
  if (sent.message) throw new GraphError(100, { message: 'sender_action must be sent alone' });
  if (sent.sender_action === 'typing_on') emit(lab, { is: 'typing', account: account.id, customer: customer.id });
  if (sent.sender_action === 'mark_seen')
    for (const one of lab.messages.values())
      if (one.direction === 'in' && one.customer === customer.id && one.account === account.id) act(lab, one, 'read');
  if (sent.sender_action === 'react' || sent.sender_action === 'unreact') {
    const target = lab.messages.get(sent.payload?.message_id ?? '');
    if (!target) throw new GraphError(100, { message: 'The message of the reaction is not known' });
    target.reactions[account.id] = sent.sender_action === 'react' ? (sent.payload?.reaction ?? '') : '';
  }
  return { recipient_id: customer.id };
}
