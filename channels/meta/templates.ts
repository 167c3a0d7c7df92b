import { z } from 'zod';
import { askGraph, type GraphPlace } from './graph.ts';

const Word = z.string().catch('');
const Template = z.looseObject({
  id: z.coerce.string(),
  name: z.string(),
  language: z.string(),
  category: Word,
  status: Word,
  rejected_reason: z.string().nullish().catch(null),
  components: z.array(z.record(z.string(), z.unknown())).catch([]),
});
const Page = z.looseObject({
  data: z.array(z.unknown()).catch([]),
  paging: z
    .looseObject({ next: z.string().optional(), cursors: z.looseObject({ after: z.string().optional() }).optional() })
    .optional()
    .catch(undefined),
});
const Made = z.looseObject({ id: z.coerce.string(), status: z.string().catch('PENDING'), category: Word });

/** More than Meta lets a business have. */
const mostPages = 100;
const fields = 'id,name,language,category,status,rejected_reason,components';

/** Every template of a business; one that cannot be read is left out. */
export async function readTemplates(place: GraphPlace, businessId: string, signal: AbortSignal) {
  const found: ReturnType<typeof toListed>[] = [];
  let after: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const answer = Page.parse(await askGraph(place, { path: `${businessId}/message_templates`, query: { fields, limit: '100', after } }, signal));
    found.push(...answer.data.flatMap((one) => Template.safeParse(one).data ?? []).map(toListed));
    after = answer.paging?.cursors?.after;
    if (!answer.paging?.next || !after) break;
  }
  return found;
}

function toListed({ id, name, language, category, status, rejected_reason: reason, components }: z.output<typeof Template>) {
  return { externalId: id, name, language, category, status, reason: reason && reason !== 'NONE' ? reason : null, components };
}

export type NewTemplate = { name: string; language: string; category: string; components: readonly Record<string, unknown>[] };

/** Asks Meta to approve a template; until then it is pending. */
export async function createTemplate(
  place: GraphPlace,
  { businessId, template }: { businessId: string; template: NewTemplate },
  signal: AbortSignal,
) {
  const made = Made.parse(await askGraph(place, { method: 'POST', path: `${businessId}/message_templates`, json: template }, signal));
  return { ...template, externalId: made.id, status: made.status, category: made.category || template.category, reason: null };
}

/** In every language that it has. */
export async function deleteTemplate(
  place: GraphPlace,
  { businessId, name }: { businessId: string; name: string },
  signal: AbortSignal,
): Promise<void> {
  await askGraph(place, { method: 'DELETE', path: `${businessId}/message_templates`, query: { name } }, signal);
}
