import type { Spec } from '#lab/messenger/page/nodes.ts';
import { authNodes } from './dom-auth.ts';
import { chatNodes } from './dom-chats.ts';
import { webK } from './dom-k.ts';

/**
 * The one table from which every node of the page is made (in three parts: logging in, chats, and Web K where it differs). Each row says
 * which row of `facts/telegram-and-other-web.md` it stands for. `fact: 'ours'` marks what the facts leave open, so that nobody takes it
 * for evidence.
 */
export type Row = { fact: string; a: Spec };

export type NodeName = keyof typeof authNodes | keyof typeof chatNodes;
export const domTable: Record<NodeName, Row> = { ...authNodes, ...chatNodes };

export const specOf = (name: NodeName, dialect: 'a' | 'k'): Spec => (dialect === 'k' && webK[name]?.spec) || domTable[name].a;
