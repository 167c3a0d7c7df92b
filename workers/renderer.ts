import { compileMail } from '#channels/email/compile-mail.ts';
import type { AccountRef } from '#core/channel.ts';
import { type CompiledExtras, compileExtras } from '#core/compile-extras.ts';
import { Failure } from '#core/failure.ts';
import { PlatformExtras } from '#core/platform-extras.ts';
import { type CompiledTemplate, linkVariable } from '#core/template.ts';
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
  extras?: unknown;
};
export type Rendered = { subject?: string; text: string; html?: string; unsubscribeUrl?: string; extras?: PlatformExtras };
export type Renderer = (account: AccountRef, delivery: Renderable) => Promise<Rendered>;

/** Renders as the preview does, from the version that was frozen. Versions never change, so each is compiled once. */
export function createRenderer(db: Db, linkOf: (subscriber: Subscriber) => string | null): Renderer {
  const compiled = new Map<string, Promise<Version>>();
  return async ({ id: accountId, workspaceId }, delivery) => {
    if (delivery.templateVersionId === null) {
      if (delivery.body === null) throw new Failure('template_invalid', 'There is no text to send.');
      return { text: delivery.body, ...(delivery.subject ? { subject: delivery.subject } : {}), ...ownExtras(delivery.extras) };
    }
    const id = delivery.templateVersionId;
    const template = compiled.get(id) ?? read(db, workspaceId, id);
    if (!compiled.has(id)) remember(compiled, id, template);
    const { campaignId, contactId } = delivery;
    const unsubscribeUrl = campaignId && contactId ? linkOf({ workspaceId, contactId, accountId }) : null;
    const values = { ...delivery.merge, [linkVariable]: unsubscribeUrl };
    const { content, extras } = await template;
    const { subject, text, html, missing } = content.render(values);
    const rendered = extras?.render(values);
    missing.push(...(rendered?.missing ?? []));
    if (missing.length > 0) throw new Failure('variables_missing', `A value is missing: ${missing.join(', ')}.`);
    return {
      text,
      ...(subject ? { subject } : {}),
      ...(html ? { html } : {}),
      ...(unsubscribeUrl ? { unsubscribeUrl } : {}),
      ...(rendered && { extras: rendered.extras }),
    };
  };
}

/** A version, with the values of its platform's template as something that is rendered too. */
type Version = { content: CompiledTemplate; extras: CompiledExtras | null };

const ownExtras = (extras: unknown): { extras?: PlatformExtras } => (extras ? { extras: PlatformExtras.parse(extras) } : {});

/** More versions than a worker sends from at once. */
const kept = 200;

function remember(compiled: Map<string, Promise<Version>>, id: string, template: Promise<Version>): void {
  compiled.set(id, template);
  template.catch(() => compiled.delete(id));
  const [oldest] = compiled.keys();
  if (compiled.size > kept && oldest) compiled.delete(oldest);
}

async function read(db: Db, workspaceId: string, id: string): Promise<Version> {
  const row = await inWorkspace(db, workspaceId, (trx) =>
    trx.selectFrom('template_versions').select(['subject', 'body', 'html', 'extras']).where('id', '=', id).executeTakeFirst(),
  );
  if (!row) throw new Failure('template_invalid', 'The version of the template does not exist.');
  const { extras = null } = ownExtras(row.extras);
  return { content: compileMail(row), extras: extras && compileExtras(extras) };
}
