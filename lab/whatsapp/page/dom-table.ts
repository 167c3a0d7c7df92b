import type { Spec } from '#lab/messenger/page/nodes.ts';
import { chatNodes } from './dom-chat.ts';
import { linkNodes } from './dom-link.ts';
import { listNodes } from './dom-list.ts';
import { mediaNodes } from './dom-media.ts';

/**
 * The dialects are moments of the real DOM, by the dated changes of facts 0 and 2: `2024` and `2025` (its second half) before the rework,
 * `2026a` (spring) in the middle of it, `2026b` as it was measured from July to October. Test ids are absent from the first three: they
 * were stripped in August 2023 and were back by July 2026 (facts 0.3).
 *
 * The one table from which every node of the page is made (in four parts: linking, list, conversation, media). Each row says which row of
 * `facts/whatsapp-web.md` it stands for, and has a column per dialect of the real DOM; a missing column takes the next newer one.
 * `fact: 'ours'` marks what the facts leave open, so that nobody takes it for evidence.
 */
export type Dialect = '2024' | '2025' | '2026a' | '2026b';
export type Row = { fact: string; '2026b': Spec } & Partial<Record<Dialect, Spec>>;

export type NodeName = keyof typeof linkNodes | keyof typeof listNodes | keyof typeof chatNodes | keyof typeof mediaNodes;
export const domTable: Record<NodeName, Row> = { ...linkNodes, ...listNodes, ...chatNodes, ...mediaNodes };

const newestLast: Dialect[] = ['2024', '2025', '2026a', '2026b'];

export function specOf(name: NodeName, dialect: Dialect): Spec {
  const row = domTable[name];
  const column = newestLast.slice(newestLast.indexOf(dialect)).find((candidate) => row[candidate]);
  const spec = row[column ?? '2026b'] ?? row['2026b'];
  return strippedOfTestIds.includes(dialect) ? withoutTestIds(spec) : spec;
}

const strippedOfTestIds: Dialect[] = ['2024', '2025', '2026a'];

function withoutTestIds({ attrs: { 'data-testid': _gone, ...attrs } = {}, inside, ...spec }: Spec): Spec {
  return { ...spec, attrs, ...(inside && { inside: inside.map((part) => (part === 'slot' ? part : withoutTestIds(part))) }) };
}
