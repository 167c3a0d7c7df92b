import { Router } from 'express';
import { z } from 'zod';
import { emit } from '#lab/messenger/event-log.ts';
import { actAs, unknownObject } from './door.ts';
import { GraphError } from './errors.ts';
import type { Template } from './model.ts';
import { type Lab, newId } from './store.ts';
import { tellByWebhook } from './webhooks.ts';
import { TemplateOrder } from './whatsapp-bodies.ts';

const NewTemplate = z.looseObject({
  name: z.string().regex(/^[a-z0-9_]{1,512}$/, 'may hold small letters, digits and _ only'),
  language: z.string().regex(/^[a-z]{2,3}(_[A-Z]{2,3})?$/),
  category: z.enum(['MARKETING', 'UTILITY', 'AUTHENTICATION']),
  components: z.array(z.looseObject({ type: z.string().toUpperCase(), text: z.string().max(1024).optional() })).min(1),
});
const Listed = z.looseObject({
  name: z.string().optional(),
  status: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(25),
  after: z.string().optional(),
});

/** `/{business account}/message_templates`: list, create, delete; each is judged after a while and told by webhook. */
export function templatesApi(lab: Lab): Router {
  const router = Router();
  const businessOf = (id: string) => {
    if (!lab.businesses.has(id)) throw unknownObject(id);
    return id;
  };
  router.get('/:id/message_templates', (request, response) => {
    const businessId = businessOf(actAs(lab, request));
    const { name, status, limit, after } = Listed.parse(request.query);
    const all = [...lab.templates.values()].filter(
      (one) => one.businessId === businessId && (!name || one.name === name) && (!status || one.status === status),
    );
    const start = after ? all.findIndex((one) => one.id === after) + 1 : 0;
    const rows = all.slice(start, start + limit);
    const last = rows.at(-1)?.id;
    const paging = {
      cursors: { before: rows[0]?.id, after: last },
      ...(start + limit < all.length && { next: `${lab.origin}/v25.0/${businessId}/message_templates?after=${last}` }),
    };
    response.json({ data: rows.map(shown), paging });
  });
  router.post('/:id/message_templates', (request, response) => {
    const businessId = businessOf(actAs(lab, request));
    const read = NewTemplate.safeParse(request.body);
    if (!read.success) throw new GraphError(100, { message: z.prettifyError(read.error) });
    const { name, language } = read.data;
    if ([...lab.templates.values()].some((one) => one.businessId === businessId && one.name === name && one.language === language))
      throw new GraphError(100, { subcode: 2388024, message: `Content in this language already exists: ${name}` });
    const template: Template = { id: newId(), businessId, ...read.data, status: 'PENDING', rejectedReason: null };
    lab.templates.set(template.id, template);
    lab.timers.after(lab.settings.reviewMs, () => judge(lab, template));
    response.json({ id: template.id, status: template.status, category: template.category });
  });
  router.delete('/:id/message_templates', (request, response) => {
    const businessId = businessOf(actAs(lab, request));
    const { name, hsm_id: id } = z.looseObject({ name: z.string(), hsm_id: z.string().optional() }).parse(request.query);
    const gone = [...lab.templates.values()].filter((one) => one.businessId === businessId && one.name === name && (!id || one.id === id));
    if (gone.length === 0) throw new GraphError(100, { subcode: 2593002, message: 'Template was not found' });
    for (const one of gone) lab.templates.delete(one.id);
    response.json({ success: true });
  });
  return router;
}

const shown = ({ businessId: _, rejectedReason, ...template }: Template) => ({
  ...template,
  rejected_reason: rejectedReason ?? 'NONE',
  parameter_format: 'POSITIONAL',
});

function judge(lab: Lab, template: Template): void {
  if (!lab.templates.has(template.id) || template.status !== 'PENDING') return;
  const isBad = JSON.stringify(template.components).toLowerCase().includes('reject');
  setTemplateStatus(lab, template, isBad ? 'REJECTED' : 'APPROVED');
}

export function setTemplateStatus(lab: Lab, template: Template, status: Template['status']): void {
  template.status = status;
  template.rejectedReason = status === 'REJECTED' ? 'INVALID_FORMAT' : null;
  emit(lab, { is: 'template', name: template.name, status });
  const value = {
    event: status,
    message_template_id: Number(template.id),
    message_template_name: template.name,
    message_template_language: template.language,
    reason: template.rejectedReason ?? 'NONE',
  };
  tellByWebhook(lab, { platform: 'whatsapp', entry: template.businessId, what: { changes: [{ field: 'message_template_status_update', value }] } });
}

/** The text that a person gets; throws what Meta answers where the template is missing, resting, or gets too few or too many values. */
export function renderTemplate(lab: Lab, businessId: string, given: Record<string, unknown>): string {
  const order = TemplateOrder.parse(given);
  const template = [...lab.templates.values()].find(
    (one) => one.businessId === businessId && one.name === order.name && one.language === order.language.code,
  );
  if (!template || template.status === 'PENDING' || template.status === 'REJECTED')
    throw new GraphError(132001, { details: `template name (${order.name}) does not exist in ${order.language.code}` });
  if (template.status === 'PAUSED') throw new GraphError(132015);
  if (template.status === 'DISABLED') throw new GraphError(132016);
  const texts = ['HEADER', 'BODY'].map((type) => fill(template, order, type));
  return texts.filter(Boolean).join('\n');
}

function fill(template: Template, order: z.output<typeof TemplateOrder>, type: string): string {
  const component = template.components.find((one) => String(one.type).toUpperCase() === type);
  const text = typeof component?.text === 'string' ? component.text : '';
  const given = order.components.find((one) => one.type.toUpperCase() === type)?.parameters ?? [];
  const isFile = type === 'HEADER' && component?.format !== undefined && component.format !== 'TEXT';
  const expected = isFile ? 1 : new Set(text.match(/\{\{\w+\}\}/g) ?? []).size;
  if (given.length !== expected)
    throw new GraphError(132000, {
      details: `${type.toLowerCase()}: number of localizable_params (${given.length}) does not match the expected number of params (${expected})`,
    });
  if (isFile) {
    if (given[0]?.type !== String(component.format).toLowerCase())
      throw new GraphError(132012, {
        details: `header: Format mismatch, expected ${String(component.format)}, received ${given[0]?.type ?? 'nothing'}`,
      });
    return '';
  }
  return given.reduce<string>((filled, one, at) => {
    if (one.type !== 'text') throw new GraphError(132012, { details: `${type.toLowerCase()}: expected text, received ${one.type}` });
    const name = typeof one.parameter_name === 'string' ? one.parameter_name : String(at + 1);
    return filled.replaceAll(`{{${name}}}`, String(one.text ?? ''));
  }, text);
}
