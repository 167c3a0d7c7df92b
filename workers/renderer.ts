import type { AccountRef } from '#core/channel.ts';
import { Failure } from '#core/failure.ts';
import { type CompiledTemplate, compileTemplate, linkVariable } from '#core/template.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import type { Subscriber } from '#sql/subscriber-token.ts';

/** What a delivery holds to become a text: the frozen version with its merge fields, or the body itself. */
export type Renderable = {
  templateVersionId: string | null;
  merge: Record<string, unknown>;
  subject: string | null;
  body: string | null;
  campaignId: string | null;
  contactId: string | null;
};
export type Rendered = { subject?: string; text: string; html?: string; unsubscribeUrl?: string };
export type Renderer = (account: AccountRef, delivery: Renderable) => Promise<Rendered>;

/** Renders as the preview does, from the version that was frozen. Versions never change, so each is compiled once. */
export function createRenderer(db: Db, linkOf: (subscriber: Subscriber) => string | null): Renderer {
  const compiled = new Map<string, Promise<CompiledTemplate>>();
  return async ({ id: accountId, workspaceId }, delivery) => {
    if (delivery.templateVersionId === null) {
      if (delivery.body === null) throw new Failure('template_invalid', 'There is no text to send.');
      return { text: delivery.body, ...(delivery.subject ? { subject: delivery.subject } : {}) };
    }
    const id = delivery.templateVersionId;
    const template = compiled.get(id) ?? read(db, workspaceId, id);
    if (!compiled.has(id)) remember(compiled, id, template);
    const { campaignId, contactId } = delivery;
    const unsubscribeUrl = campaignId && contactId ? linkOf({ workspaceId, contactId, accountId }) : null;
    const { subject, text, html, missing } = (await template).render({ ...delivery.merge, [linkVariable]: unsubscribeUrl });
    if (missing.length > 0) throw new Failure('variables_missing', `A value is missing: ${missing.join(', ')}.`);
    return { text, ...(subject ? { subject } : {}), ...(html ? { html } : {}), ...(unsubscribeUrl ? { unsubscribeUrl } : {}) };
  };
}

/** More versions than a worker sends from at once. */
const kept = 200;

function remember(compiled: Map<string, Promise<CompiledTemplate>>, id: string, template: Promise<CompiledTemplate>): void {
  compiled.set(id, template);
  template.catch(() => compiled.delete(id));
  const [oldest] = compiled.keys();
  if (compiled.size > kept && oldest) compiled.delete(oldest);
}

async function read(db: Db, workspaceId: string, id: string): Promise<CompiledTemplate> {
  const row = await inWorkspace(db, workspaceId, (trx) =>
    trx.selectFrom('template_versions').select(['subject', 'body', 'html']).where('id', '=', id).executeTakeFirst(),
  );
  if (!row) throw new Failure('template_invalid', 'The version of the template does not exist.');
  return compileTemplate(row);
}
