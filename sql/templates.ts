import { sql } from 'kysely';
import type { z } from 'zod';
import type { Template } from '#core/api/templates.ts';
import { Failure } from '#core/failure.ts';
import type { PlatformExtras } from '#core/platform-extras.ts';
import type { Trx } from './database.ts';
import { recordEvent } from './events.ts';
import { instant } from './instant.ts';
import { brokenReference, brokenUnique } from './unique.ts';

type TemplateReply = z.output<typeof Template>;
/** `variables` is what the compiler found; whoever stores a template has compiled it. */
export type TemplateContent = {
  subject: string | null;
  body: string;
  html: string | null;
  extras: PlatformExtras | null;
  variables: readonly string[];
};

export async function listTemplates(trx: Trx, templateId: string | null = null): Promise<TemplateReply[]> {
  const { rows } = await sql<Omit<TemplateReply, 'createdAt' | 'updatedAt'> & { created_at: Date; updated_at: Date }>`
    select t.id, t.name, t.version, v.subject, v.body, v.html, v.extras, v.variables, t.created_at, t.updated_at,
           (select count(*)::int from campaigns c where c.template_id = t.id) as "usedBy"
      from templates t join template_versions v on v.template_id = t.id and v.version = t.version
     where ${templateId}::uuid is null or t.id = ${templateId}::uuid order by lower(t.name), t.id`.execute(trx);
  return rows.map(({ created_at, updated_at, ...row }) => ({ ...row, createdAt: instant(created_at), updatedAt: instant(updated_at) }));
}

export async function readTemplate(trx: Trx, templateId: string): Promise<TemplateReply> {
  const [template] = await listTemplates(trx, templateId);
  if (!template) throw new Failure('not_found');
  return template;
}

export async function addTemplate(trx: Trx, ask: { workspaceId: string; name: string; content: TemplateContent }): Promise<TemplateReply> {
  const { id } = await trx
    .insertInto('templates')
    .values({ workspace_id: ask.workspaceId, name: ask.name })
    .returning('id')
    .executeTakeFirstOrThrow()
    .catch(nameTaken);
  await addVersion(trx, { ...ask, templateId: id, version: 1 });
  await recordEvent(trx, ask.workspaceId, { kind: 'template_changed', templateId: id });
  return readTemplate(trx, id);
}

/** New content is a new version; the old ones stay for what was planned with them. A new name alone is none. */
export async function changeTemplate(
  trx: Trx,
  ask: { workspaceId: string; templateId: string; name?: string | undefined; content?: TemplateContent | undefined },
): Promise<TemplateReply> {
  const row = await trx
    .updateTable('templates')
    .set({ name: ask.name, version: ask.content ? sql<number>`version + 1` : sql<number>`version`, updated_at: sql<Date>`now()` })
    .where('id', '=', ask.templateId)
    .returning('version')
    .executeTakeFirst()
    .catch(nameTaken);
  if (!row) throw new Failure('not_found');
  if (ask.content) await addVersion(trx, { workspaceId: ask.workspaceId, templateId: ask.templateId, version: row.version, content: ask.content });
  await recordEvent(trx, ask.workspaceId, { kind: 'template_changed', templateId: ask.templateId });
  return readTemplate(trx, ask.templateId);
}

/** Throws `in_use` while a campaign names it. Versions that deliveries were planned with stay. */
export async function removeTemplate(trx: Trx, { workspaceId, templateId }: { workspaceId: string; templateId: string }): Promise<void> {
  const { numDeletedRows } = await trx.deleteFrom('templates').where('id', '=', templateId).executeTakeFirst().catch(stillUsed);
  if (numDeletedRows === 0n) throw new Failure('not_found');
  await recordEvent(trx, workspaceId, { kind: 'template_changed', templateId });
}

async function addVersion(trx: Trx, ask: { workspaceId: string; templateId: string; version: number; content: TemplateContent }): Promise<void> {
  const { subject, body, html, extras, variables } = ask.content;
  await trx
    .insertInto('template_versions')
    .values({
      workspace_id: ask.workspaceId,
      template_id: ask.templateId,
      version: ask.version,
      subject,
      body,
      html,
      extras: extras && JSON.stringify(extras),
      variables: JSON.stringify(variables),
    })
    .execute();
}

function nameTaken(error: unknown): never {
  if (brokenUnique(error))
    throw new Failure('already_exists', 'A template with this name exists already.', { cause: error, fields: { name: 'is taken' } });
  throw error;
}

function stillUsed(error: unknown): never {
  if (brokenReference(error)) throw new Failure('in_use', 'A campaign uses this template. Remove the campaign first.', { cause: error });
  throw error;
}
