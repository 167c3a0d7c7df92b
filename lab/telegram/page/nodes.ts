import { type Children, type Data, make } from '#lab/messenger/page/nodes.ts';
import { type NodeName, specOf } from './dom-table.ts';

export const dialect = document.documentElement.dataset.dialect === 'k' ? 'k' : 'a';

/** Makes the node of this name as the table says for the dialect of the page. */
export const node = (name: NodeName, data: Data = {}, children: Children = []): HTMLElement => make(specOf(name, dialect), data, children);
