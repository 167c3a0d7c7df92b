import { emit } from '#lab/messenger/event-log.ts';
import { webhookError } from './errors.ts';
import type { Customer, InstagramAccount, Message, Status } from './model.ts';
import { addMessage, customerOf, type Lab, newMessageId } from './store.ts';
import { tellByWebhook } from './webhooks.ts';

const order: readonly Status[] = ['accepted', 'sent', 'delivered', 'read'];

/** What becomes of a message that was taken: it fails, or goes on to the person, who may read and answer it. */
export function actLater(lab: Lab, message: Message, error: number | null): void {
  if (error !== null) {
    lab.timers.after(1, () => fail(lab, message, error));
    return;
  }
  const customer = customerOf(lab, message.platform, message.customer);
  lab.timers.after(1, () => act(lab, message, 'sent'));
  lab.timers.after(1 + customer.deliveredAfterMs, () => {
    act(lab, message, 'delivered');
    if (customer.repliesWith !== null) say(lab, { account: message.account, customer, text: customer.repliesWith });
  });
  if (customer.readsAfterMs !== null) lab.timers.after(2 + customer.deliveredAfterMs + customer.readsAfterMs, () => act(lab, message, 'read'));
}

/** Forward only, and told by webhook where it is ours. */
export function act(lab: Lab, message: Message, status: Status): void {
  if (order.indexOf(status) <= order.indexOf(message.status)) return;
  message.status = status;
  emit(lab, { is: 'status', id: message.id, status });
  if (message.direction === 'out') tellStatus(lab, message);
}

function fail(lab: Lab, message: Message, code: number): void {
  message.status = 'failed';
  message.errors = [code];
  emit(lab, { is: 'status', id: message.id, status: 'failed' });
  if (message.platform === 'whatsapp') tellStatus(lab, message);
}

function tellStatus(lab: Lab, message: Message): void {
  if (message.platform === 'whatsapp') tellWhatsApp(lab, message.account, { statuses: [statusOf(lab, message)] });
  else tellReceipt(lab, message);
}

function tellReceipt(lab: Lab, message: Message): void {
  const { account, customer, at, id } = message;
  if (message.status === 'sent')
    tellTalk(lab, message, { sender: { id: account }, recipient: { id: customer }, timestamp: at, message: echoOf(lab, message) });
  if (message.status === 'delivered' && message.platform === 'messenger')
    tellTalk(lab, message, { ...fromCustomer(message), delivery: { mids: [id], watermark: at } });
  if (message.status === 'read')
    tellTalk(lab, message, {
      ...fromCustomer(message),
      timestamp: lab.now(),
      read: message.platform === 'instagram' ? { mid: id } : { watermark: at },
    });
}

function statusOf(lab: Lab, { id, status, customer, callback, errors, type }: Message) {
  const { userId, hidesNumber } = customerOf(lab, 'whatsapp', customer);
  return {
    id,
    status,
    timestamp: seconds(lab.now()),
    ...(hidesNumber ? {} : { recipient_id: customer }),
    ...(userId && { recipient_user_id: userId }),
    ...(callback !== null && { biz_opaque_callback_data: callback }),
    ...(status === 'failed'
      ? { errors: errors.map((code) => webhookError(code)) }
      : { pricing: { billable: type === 'template', pricing_model: 'PMP', category: type === 'template' ? 'marketing' : 'service' } }),
  };
}

function echoOf({ settings }: Lab, { id, text, body, type }: Message) {
  const { attachment, metadata } = body;
  return {
    mid: id,
    is_echo: true,
    app_id: Number(settings.appId),
    ...(typeof metadata === 'string' && { metadata }),
    ...(type === 'text' && { text }),
    ...(attachment !== undefined && { attachments: [attachment] }),
  };
}

type Said = { account: string; customer: Customer; text?: string; content?: Record<string, unknown>; type?: string; quotes?: string };

/** A person writes to an account. `content` is what stands under the type's name on WhatsApp, or beside the text elsewhere. */
export function say(lab: Lab, { account, customer, text = '', content, type = 'text', quotes }: Said): Message {
  const { platform } = customer;
  const id = newMessageId(platform);
  const body = content ?? (platform === 'whatsapp' ? { body: text } : {});
  const message = addMessage(lab, {
    ...{ id, platform, account, customer: customer.id, direction: 'in', type, body, text, callback: null, status: 'sent', errors: [], reactions: {} },
    at: lab.now(),
  });
  if (platform === 'whatsapp') {
    const context = quotes ? { context: { from: lab.numbers.get(account)?.display.replace(/\D/g, ''), id: quotes } } : {};
    tellWhatsApp(lab, account, {
      contacts: [
        { profile: { name: customer.name || customer.id }, ...(customer.hidesNumber ? { user_id: customer.userId } : { wa_id: customer.id }) },
      ],
      messages: [{ ...senderOf(customer), id, timestamp: seconds(message.at), type, [type]: body, ...context }],
    });
  } else {
    const said = { mid: id, ...(text && { text }), ...body, ...(quotes && { reply_to: { mid: quotes } }) };
    tellTalk(lab, message, { ...fromCustomer(message), timestamp: message.at, message: said });
  }
  return message;
}

/** A person puts a sign to a message, or takes it away with an empty one. */
export function reactTo(lab: Lab, { message, customer, emoji }: { message: Message; customer: Customer; emoji: string }): void {
  message.reactions[customer.id] = emoji;
  if (message.platform !== 'whatsapp') {
    const reaction = { mid: message.id, action: emoji ? 'react' : 'unreact', ...(emoji && { emoji, reaction: 'other' }) };
    tellTalk(lab, message, { ...fromCustomer(message), timestamp: lab.now(), reaction });
    return;
  }
  const sign = { type: 'reaction', reaction: { message_id: message.id, ...(emoji && { emoji }) } };
  tellWhatsApp(lab, message.account, {
    contacts: [{ profile: { name: customer.name }, wa_id: customer.id }],
    messages: [{ ...senderOf(customer), id: newMessageId('whatsapp'), timestamp: seconds(lab.now()), ...sign }],
  });
}

const senderOf = ({ hidesNumber, userId, id }: Customer) =>
  hidesNumber ? { from_user_id: userId } : { from: id, ...(userId && { from_user_id: userId }) };
const fromCustomer = ({ account, customer, at }: Message) => ({ sender: { id: customer }, recipient: { id: account }, timestamp: at });
const seconds = (at: number): string => String(Math.floor(at / 1000));

function tellWhatsApp(lab: Lab, account: string, value: object): void {
  const number = lab.numbers.get(account);
  if (!number) return;
  const metadata = { display_phone_number: number.display.replace(/\D/g, ''), phone_number_id: number.id };
  const change = { field: 'messages', value: { messaging_product: 'whatsapp', metadata, ...value } };
  tellByWebhook(lab, { platform: 'whatsapp', entry: number.businessId, what: { changes: [change] } });
}

function tellTalk(lab: Lab, { platform, account }: Message, talk: object): void {
  const instagram: InstagramAccount | undefined = lab.instagrams.get(account);
  tellByWebhook(lab, { platform, entry: account, what: { messaging: [talk] }, ...(instagram?.byInstagram && { signedByInstagram: true }) });
}
