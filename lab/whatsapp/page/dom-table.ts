import { chatNodes } from './dom-chat.ts';
import { linkNodes } from './dom-link.ts';
import { listNodes } from './dom-list.ts';

/**
 * The one table from which every node of the page is made (in three parts: linking, list, conversation). Each row says which row of
 * `facts/whatsapp-web.md` it stands for, and has a column per dialect of the real DOM; a missing column takes the next newer one.
 * `fact: 'ours'` marks what the facts leave open, so that nobody takes it for evidence.
 *
 * In attributes and texts `{name}` is filled from the data of the node; an attribute whose datum is missing is left out.
 * `class` names that begin with `_` only carry style and are hashed per start (see page-files.ts).
 */
export type Dialect = '2024' | '2025' | '2026a' | '2026b';
export type Spec = { tag: string; class?: string; attrs?: Record<string, string | undefined>; text?: string; inside?: (Spec | 'slot')[] };
export type Row = { fact: string; '2026b': Spec } & Partial<Record<Dialect, Spec>>;

export type NodeName = keyof typeof linkNodes | keyof typeof listNodes | keyof typeof chatNodes;
export const domTable: Record<NodeName, Row> = { ...linkNodes, ...listNodes, ...chatNodes };

const newestLast: Dialect[] = ['2024', '2025', '2026a', '2026b'];

export function specOf(name: NodeName, dialect: Dialect): Spec {
  const row = domTable[name];
  const column = newestLast.slice(newestLast.indexOf(dialect)).find((candidate) => row[candidate]);
  return row[column ?? '2026b'] ?? row['2026b'];
}
