import { type Children, type Data, make } from '#lab/messenger/page/nodes.ts';
import type { Dialect, NodeName } from './dom-table.ts';
import { specOf } from './dom-table.ts';

/** Makes the node of this name as the table says for the dialect of the page. */
export function node(name: NodeName, data: Data = {}, children: Children = []): HTMLElement {
  // The page sets one of the four names on <html>; an unknown one falls back to the newest column.
  return make(specOf(name, document.documentElement.dataset.dialect as Dialect), data, children);
}
