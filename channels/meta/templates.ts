import { z } from 'zod';
import { askGraph, type GraphPlace } from './graph.ts';
import { readList } from './read-answer.ts';

const Word = z.string().catch('');
const Template = z.looseObject({
  id: z.coerce.string(),
  name: z.string(),
  language: z.string(),
  category: Word,
  status: Word,
  rejected_reason: z.string().nullish().catch(null),
  quality_score: z.looseObject({ score: z.string() }).nullish().catch(null),
  components: z.array(z.record(z.string(), z.unknown())).catch([]),
});
const Made = z.looseObject({ id: z.coerce.string(), status: z.string().catch('PENDING'), category: Word });

/** More than Meta lets a business have. */
const mostTemplates = 10_000;
const fields = 'id,name,language,category,status,rejected_reason,quality_score,components';

/** Every template of a business; one that cannot be read is left out. */
export async function readTemplates(place: GraphPlace, businessId: string, signal: AbortSignal) {
  const all = { path: `${businessId}/message_templates`, query: { fields, limit: '100' }, item: Template, most: mostTemplates };
  const found: ReturnType<typeof toListed>[] = [];
  for await (const one of readList(place, all, signal)) found.push(toListed(one));
  return found;
}

function toListed({ id, name, language, category, status, rejected_reason: reason, quality_score, components }: z.output<typeof Template>) {
  const quality = quality_score && quality_score.score !== 'UNKNOWN' ? quality_score.score : null;
  return { externalId: id, name, language, category, status, reason: reason && reason !== 'NONE' ? reason : null, quality, components };
}

export type NewTemplate = { name: string; language: string; category: string; components: readonly Record<string, unknown>[] };

/** Asks Meta to approve a template; until then it is pending. */
export async function createTemplate(
  place: GraphPlace,
  { businessId, template }: { businessId: string; template: NewTemplate },
  signal: AbortSignal,
) {
  const made = Made.parse(await askGraph(place, { method: 'POST', path: `${businessId}/message_templates`, json: template }, signal));
  return { ...template, externalId: made.id, status: made.status, category: made.category || template.category, reason: null, quality: null };
}

/** In every language that it has. */
export async function deleteTemplate(
  place: GraphPlace,
  { businessId, name }: { businessId: string; name: string },
  signal: AbortSignal,
): Promise<void> {
  await askGraph(place, { method: 'DELETE', path: `${businessId}/message_templates`, query: { name } }, signal);
}
