import { type Response, Router } from 'express';
import { emit } from '#lab/messenger/event-log.ts';
import { act, actLater } from './acts.ts';
import { actAs, unknownObject } from './door.ts';
import { GraphError } from './errors.ts';
import { spendFault } from './faults.ts';
import { checkLimits } from './limits.ts';
import type { Customer, Message, PhoneNumber } from './model.ts';
import { addMessage, customerOf, type Lab, lastWroteAt, newMessageId } from './store.ts';
import { renderTemplate } from './templates.ts';
import { readOrder, type SendOrder, textOfOrder } from './whatsapp-bodies.ts';

/** `POST /{phone number id}/messages`, and what can be asked of a number. */
export function whatsappApi(lab: Lab): Router {
  const router = Router();
  router.post('/:id/messages', (request, response, next) => {
    const number = lab.numbers.get(actAs(lab, request));
    if (!number) return next();
    const asked = readOrder(request.body);
    if (asked.is === 'seen') response.json(markSeen(lab, number, asked));
    else take(lab, number, { order: asked.order, response });
  });
  router.get('/:id/phone_numbers', (request, response) => {
    const id = actAs(lab, request);
    if (!lab.businesses.has(id)) throw unknownObject(id);
    response.json({ data: [...lab.numbers.values()].filter((one) => one.businessId === id).map((one) => shown(lab, one)), paging: {} });
  });
  router.get('/:id', (request, response, next) => {
    const number = lab.numbers.get(request.params.id);
    if (!number) return next();
    actAs(lab, request);
    response.json(shown(lab, number));
  });
  return router;
}

function shown(lab: Lab, { id, display, name, perSecond, businessId }: PhoneNumber) {
  const tier = lab.businesses.get(businessId)?.peoplePerDay ?? null;
  return {
    id,
    display_phone_number: display,
    verified_name: name,
    quality_rating: 'GREEN',
    code_verification_status: 'VERIFIED',
    platform_type: 'CLOUD_API',
    status: 'CONNECTED',
    throughput: { level: perSecond > 80 ? 'HIGH' : 'STANDARD' },
    whatsapp_business_manager_messaging_limit: tier === null ? 'UNLIMITED' : `TIER_${tier >= 1000 ? `${tier / 1000}K` : tier}`,
  };
}

function take(lab: Lab, number: PhoneNumber, { order, response }: { order: SendOrder; response: Response }): void {
  const to = order.to?.replace(/\D/g, '') ?? order.recipient ?? '';
  const fault = spendFault(lab, to);
  if (fault?.how === 'instead') throw fault.error;
  if (to === number.display.replace(/\D/g, '')) throw new GraphError(131021, { details: 'Sender and recipient phone number is same' });
  const customer = customerOf(lab, 'whatsapp', to);
  checkLimits(lab, number, { customer, isTemplate: order.kind === 'template' });
  const text = order.kind === 'template' ? renderTemplate(lab, number.businessId, order.content) : textOfOrder(order);
  const message = addMessage(lab, {
    id: newMessageId('whatsapp'),
    platform: 'whatsapp',
    account: number.id,
    customer: customer.id,
    direction: 'out',
    type: order.kind,
    body: { ...order.content, ...(order.context && { context: order.context }) },
    text,
    callback: order.biz_opaque_callback_data ?? null,
    status: 'accepted',
    errors: [],
    reactions: {},
    at: lab.now(),
  });
  if (order.kind === 'reaction') react(lab, message);
  actLater(lab, message, fault?.how === 'later' ? fault.error.code : whyNot(lab, message, customer));
  if (fault?.how === 'cut') return void response.socket?.destroy();
  if (fault?.how === 'after') throw fault.error;
  response.json({ messaging_product: 'whatsapp', contacts: [{ input: order.to ?? order.recipient, wa_id: to }], messages: [{ id: message.id }] });
}

function react(lab: Lab, { body, account }: Message): void {
  const target = lab.messages.get(String(body.message_id));
  if (!target) throw new GraphError(131009, { details: 'Message id of the reaction is not known.' });
  target.reactions[account] = String(body.emoji);
}

/** What Meta finds out only after it has taken a message, and tells by webhook. */
function whyNot(lab: Lab, message: Message, customer: Customer): number | null {
  if (!customer.isReachable || customer.hasBlocked) return 131026;
  if (fileIsMissing(lab, message)) return 131053;
  if (message.type === 'template') return customer.wantsMarketing || !isMarketing(lab, message) ? null : 131050;
  const last = lastWroteAt(lab, message);
  return last !== null && lab.now() - last <= lab.settings.windowMs ? null : 131047;
}

function fileIsMissing(lab: Lab, { type, body }: Message): boolean {
  return ['image', 'audio', 'video', 'document', 'sticker'].includes(type) && body.id !== undefined && !lab.files.has(String(body.id));
}

function isMarketing(lab: Lab, { account, body }: Message): boolean {
  const businessId = lab.numbers.get(account)?.businessId;
  const template = [...lab.templates.values()].find((one) => one.businessId === businessId && one.name === body.name);
  return template?.category === 'MARKETING';
}

function markSeen(lab: Lab, number: PhoneNumber, { messageId, types }: { messageId: string; types: boolean }) {
  const message = lab.messages.get(messageId);
  if (message?.direction !== 'in' || message.account !== number.id)
    throw new GraphError(131009, { details: 'Message id is not one of a message that this number received.' });
  for (const one of lab.messages.values())
    if (one.direction === 'in' && one.customer === message.customer && one.account === number.id && one.at <= message.at) act(lab, one, 'read');
  if (types) emit(lab, { is: 'typing', account: number.id, customer: message.customer });
  return { success: true };
}
