import type { z } from 'zod';
import { compileMail } from '#channels/email/compile-mail.ts';
import type { templates as contract } from '#core/api/templates.ts';
import { namesOf } from '#core/compile-extras.ts';
import { Failure } from '#core/failure.ts';
import { exampleLink, linkVariable, mergeFieldsOf, type TemplateSource } from '#core/template.ts';
import { readContact } from '#sql/contacts.ts';
import type { Trx } from '#sql/database.ts';
import * as templates from '#sql/templates.ts';
import type { Handlers } from './handler.ts';

type PreviewAsk = z.output<NonNullable<(typeof contract)['previewTemplate']['body']>>;

export const templatesHandlers = () =>
  ({
    listTemplates: ({ transaction }) => transaction(async (trx) => ({ rows: await templates.listTemplates(trx) })),
    readTemplate: ({ params, transaction }) => transaction((trx) => templates.readTemplate(trx, params.id)),
    addTemplate({ body, caller, transaction }) {
      const content = contentOf({ subject: body.subject ?? null, body: body.body, html: body.html ?? null, extras: body.extras ?? null });
      return transaction((trx) => templates.addTemplate(trx, { workspaceId: caller.workspaceId, name: body.name, content }));
    },
    changeTemplate: ({ params, body, caller, transaction }) =>
      transaction(async (trx) => {
        const before = await templates.readTemplate(trx, params.id);
        const { name, ...change } = body;
        const after = { ...before, ...change };
        const isChanged =
          before.subject !== after.subject ||
          before.body !== after.body ||
          before.html !== after.html ||
          JSON.stringify(before.extras) !== JSON.stringify(after.extras);
        const content = isChanged ? contentOf(after) : undefined;
        return templates.changeTemplate(trx, { workspaceId: caller.workspaceId, templateId: params.id, name, content });
      }),
    async removeTemplate({ params, caller, transaction }) {
      await transaction((trx) => templates.removeTemplate(trx, { workspaceId: caller.workspaceId, templateId: params.id }));
      return null;
    },
    previewTemplate: ({ body, transaction }) =>
      transaction(async (trx) => {
        const template = compileMail(await sourceOf(trx, body));
        const contact = body.contactId ? mergeFieldsOf(await readContact(trx, body.contactId)) : {};
        const rendered = template.render({ [linkVariable]: exampleLink, ...contact, ...body.values });
        return { ...rendered, variables: template.variables, length: [...rendered.text].length };
      }),
  }) satisfies Partial<Handlers>;

/** Compiling refuses what could not be sent: with `template_invalid`, and the place. */
function contentOf(source: Omit<templates.TemplateContent, 'variables'>): templates.TemplateContent {
  const { subject, body, html, extras } = source;
  return { subject, body, html, extras, variables: namesOf(source, 'variables') };
}

/** A stored template with whatever is given in its place, so that an editor can preview what is not saved yet. */
async function sourceOf(trx: Trx, ask: PreviewAsk): Promise<TemplateSource> {
  const stored = ask.templateId ? await templates.readTemplate(trx, ask.templateId) : null;
  const body = ask.body ?? stored?.body;
  if (body === undefined) throw new Failure('invalid_input', 'Give a template or a text.', { fields: { body: 'is missing' } });
  return { body, subject: ask.subject === undefined ? stored?.subject : ask.subject, html: ask.html === undefined ? stored?.html : ask.html };
}
