import { Router } from 'express';
import { z } from 'zod';
import { defined, Unknown } from '#lab/messenger/control.ts';
import { EventQuery } from '#lab/messenger/control-schemas.ts';
import { act, reactTo, say } from './acts.ts';
import {
  Filter,
  NewBusiness,
  NewCustomer,
  NewFault,
  NewInstagram,
  NewNumber,
  NewPage,
  NewSettings,
  NewTemplate,
  NewTokens,
  Reacted,
  Read,
  Written,
} from './control-schemas.ts';
import { putFile } from './media.ts';
import { addToken, customerOf, type Lab, newId, putCustomer, resetLab } from './store.ts';
import { setTemplateStatus } from './templates.ts';

/**
 * The control API, JSON in and out, under `/control`. Bodies: `control-schemas.ts`. A refused body is 400, something unknown 404.
 *
 * | call | what it does, reply |
 * |---|---|
 * | POST /businesses, /numbers, /pages, /instagrams, /templates | makes one; ids may be given → it |
 * | POST /tokens `{token?, kind?, of?, scopes?, expiresAt?}` | a token for these ids, or for all → it |
 * | POST /customers | makes or changes a person → it |
 * | POST /write `{platform, account, from, text?, type?, content?, file?, quotes?}` | a person writes → the message |
 * | POST /react `{message, from, emoji}`, /read `{platform, account, from}` | a person reacts; reads all |
 * | POST /template-status `{id, status}` | Meta judges anew |
 * | POST /faults, /faults/clear | what goes wrong with the next sends → `{faults}` |
 * | GET /messages?platform=&account=&customer=&direction= | the lab's own truth, in order → `{messages}` |
 * | GET /counts | → sends by status, people who got the same text twice, webhooks |
 * | GET /calls, /webhooks, /events?after= | what was asked, posted, happened |
 * | GET /accounts, /customers, /templates | what there is |
 * | GET/POST /settings | `Settings` in `model.ts` |
 * | POST /reset | forgets everything |
 */
export function controlApi(lab: Lab): Router {
  const router = Router();
  things(router, lab);
  people(router, lab);
  faultsAndSettings(router, lab);
  truth(router, lab);
  return router;
}

function things(router: Router, lab: Lab): void {
  router.post('/businesses', (request, response) => {
    const given = NewBusiness.parse(request.body ?? {});
    const business = { ...given, id: given.id ?? newId(), portfolioId: given.portfolioId ?? newId() };
    lab.businesses.set(business.id, business);
    response.json(business);
  });
  router.post('/numbers', (request, response) => {
    const given = NewNumber.parse(request.body ?? {});
    const businessId = given.businessId ?? newId();
    if (!lab.businesses.has(businessId))
      lab.businesses.set(businessId, { id: businessId, portfolioId: newId(), name: 'Lab business', peoplePerDay: null });
    const number = { ...given, id: given.id ?? newId(), businessId };
    lab.numbers.set(number.id, number);
    response.json(number);
  });
  router.post('/pages', (request, response) => {
    const given = NewPage.parse(request.body ?? {});
    const page = { ...given, id: given.id ?? newId() };
    lab.pages.set(page.id, page);
    response.json(page);
  });
  router.post('/instagrams', (request, response) => {
    const given = NewInstagram.parse(request.body ?? {});
    const account = { ...given, id: given.id ?? newId() };
    lab.instagrams.set(account.id, account);
    response.json(account);
  });
  router.post('/tokens', (request, response) => void response.json(addToken(lab, defined(NewTokens.parse(request.body ?? {})))));
  router.post('/templates', (request, response) => {
    const template = { ...NewTemplate.parse(request.body), id: newId(), rejectedReason: null };
    lab.templates.set(template.id, template);
    response.json(template);
  });
  router.post('/template-status', (request, response) => {
    const { id, status } = NewTemplate.pick({ status: true }).extend({ id: z.string() }).parse(request.body);
    const template = lab.templates.get(id);
    if (!template) throw new Unknown(`No template ${id} in the lab`);
    setTemplateStatus(lab, template, status);
    response.json(template);
  });
  router.get('/accounts', (_request, response) => {
    const { businesses, numbers, pages, instagrams } = lab;
    response.json({
      businesses: [...businesses.values()],
      numbers: [...numbers.values()],
      pages: [...pages.values()],
      instagrams: [...instagrams.values()],
    });
  });
  router.get('/templates', (_request, response) => void response.json({ templates: [...lab.templates.values()] }));
}

function people(router: Router, lab: Lab): void {
  router.post('/customers', (request, response) => void response.json(putCustomer(lab, defined(NewCustomer.parse(request.body)))));
  router.get('/customers', (_request, response) => void response.json({ customers: [...lab.customers.values()] }));
  router.post('/write', (request, response) => {
    const { platform, account, from, file, type = 'text', ...said } = Written.parse(request.body);
    needAccount(lab, account);
    const customer = customerOf(lab, platform, from);
    const given = file ? contentOfFile(lab, { platform, account, type, file }) : {};
    response.json(say(lab, defined({ account, customer, type, ...said, ...given })));
  });
  router.post('/react', (request, response) => {
    const { message: id, from, emoji } = Reacted.parse(request.body);
    const message = lab.messages.get(id);
    if (!message) throw new Unknown(`No message ${id} in the lab`);
    reactTo(lab, { message, customer: customerOf(lab, message.platform, from), emoji });
    response.json({ ok: true });
  });
  router.post('/read', (request, response) => {
    const { account, from } = Read.parse(request.body);
    for (const one of lab.messages.values()) if (one.direction === 'out' && one.account === account && one.customer === from) act(lab, one, 'read');
    response.json({ ok: true });
  });
}

type GivenFile = Pick<z.output<typeof Written>, 'platform' | 'account'> & { type: string; file: NonNullable<z.output<typeof Written>['file']> };

function contentOfFile(lab: Lab, { platform, account, type, file }: GivenFile) {
  const stored = putFile(lab, { account, name: file.name, mimeType: file.mimeType, content: Buffer.from(file.base64, 'base64') });
  const { id, sha256, mimeType } = stored;
  if (platform === 'whatsapp') return { content: { id, mime_type: mimeType, sha256, ...(type === 'document' && { filename: file.name }) } };
  // Files of pages lie open for whoever has the address.
  return { content: { attachments: [{ type, payload: { url: `${lab.origin}/open-files/${id}` } }] } };
}

function needAccount({ numbers, pages, instagrams }: Lab, id: string): void {
  if (!numbers.has(id) && !pages.has(id) && !instagrams.has(id)) throw new Unknown(`No account ${id} in the lab`);
}

function faultsAndSettings(router: Router, lab: Lab): void {
  router.post('/faults', (request, response) => {
    lab.faults.push(NewFault.parse(request.body));
    response.json({ faults: lab.faults });
  });
  router.post('/faults/clear', (_request, response) => {
    lab.faults.length = 0;
    response.json({ faults: [] });
  });
  router.get('/settings', (_request, response) => void response.json(lab.settings));
  router.post('/settings', (request, response) => {
    changeSettings(lab, request.body);
    response.json(lab.settings);
  });
  router.post('/reset', (_request, response) => {
    resetLab(lab);
    response.json({ ok: true });
  });
}

export function changeSettings({ settings }: Lab, body: unknown): void {
  const { webhooks, webhookDelivery, ...rest } = NewSettings.parse(body);
  Object.assign(settings, defined(rest));
  Object.assign(settings.webhooks, defined(webhooks ?? {}));
  Object.assign(settings.webhookDelivery, defined(webhookDelivery ?? {}));
}

function truth(router: Router, lab: Lab): void {
  router.get('/messages', (request, response) => {
    const asked = Object.entries(Filter.parse(request.query)) as [keyof z.output<typeof Filter>, string][]; // Its keys are those of the schema.
    response.json({ messages: [...lab.messages.values()].filter((one) => asked.every(([name, value]) => one[name] === value)) });
  });
  router.get('/counts', (_request, response) => void response.json(countSends(lab)));
  router.get('/calls', (_request, response) => void response.json({ calls: lab.calls }));
  router.get('/webhooks', (_request, response) => void response.json({ webhooks: lab.webhooks }));
  router.get('/events', (request, response) => {
    const { after } = EventQuery.parse(request.query);
    response.json({ events: lab.events.filter((event) => event.seq > after) });
  });
}

/** What was sent, by how far it came, and who got the same twice from one account. */
export function countSends({ messages, webhooks }: Lab) {
  const byStatus: Record<string, number> = {};
  const perText = new Map<string, number>();
  for (const one of messages.values()) {
    if (one.direction === 'in') continue;
    byStatus[one.status] = (byStatus[one.status] ?? 0) + 1;
    const key = JSON.stringify([one.account, one.customer, one.text]);
    perText.set(key, (perText.get(key) ?? 0) + 1);
  }
  const duplicates = [...perText.values()].filter((count) => count > 1).length;
  return { byStatus, duplicates, webhooks: webhooks.length, unanswered: webhooks.filter(({ answers }) => !answers.includes(200)).length };
}
