import type { ChatRow } from '#lab/whatsapp/protocol.ts';
import { tick } from './bubbles.ts';
import { node } from './nodes.ts';
import type { State } from './state.ts';
import { isNewChat, sortedRows } from './state.ts';
import { rowTimeOf } from './times.ts';
import { words } from './words.ts';

/** What stands in the list: a chat, somebody to start one with, or a section header (also a row, facts 2). */
export type Item = { is: 'chat'; row: ChatRow } | { is: 'contact'; id: string; title: string } | { is: 'section'; text: string };
export type ChatList = { element: HTMLElement; show: (items: Item[]) => void; refresh: () => void };

const rowPx = 72;
/** Facts 2: 67-70 of 485 rows were in the DOM. */
const renderedShare = 0.14;
const spareRows = 6;

/**
 * The virtualized grid: rows stand by absolute position and enter the DOM when they come near the viewport. New and changed rows are
 * appended, so that the order in the DOM is not the order on the screen.
 */
export function createChatList(state: State, on: { open: (id: string, title: string) => void }): ChatList {
  const element = node('pane');
  const grid = node('grid', { label: words.chatList, count: 0 });
  let items: Item[] = [];
  const drawn = new Map<string, { element: HTMLElement; signature: string }>();
  element.append(grid);

  const drawRow = (item: Item, index: number) => {
    const key = keyOf(item);
    const signature = item.is === 'chat' ? JSON.stringify([item.row, waitingStatus(state, item.row), item.row.id === state.openChat]) : keyOf(item);
    let known = drawn.get(key);
    if (known?.signature !== signature) {
      known?.element.remove();
      known = { element: rowElement(state, { item, index }, on.open), signature };
      drawn.set(key, known);
      grid.append(known.element);
    }
    known.element.style.transform = `translateY(${index * rowPx}px)`;
    if (known.element.hasAttribute('data-testid')) known.element.dataset.testid = `list-item-${index}`;
    return key;
  };
  const refresh = () => {
    const visible = Math.ceil(element.clientHeight / rowPx);
    const count = Math.max(visible + spareRows, Math.ceil(items.length * renderedShare));
    const first = Math.max(0, Math.floor(element.scrollTop / rowPx) - Math.floor((count - visible) / 2));
    const near = new Set(items.slice(first, first + count).map((item, offset) => drawRow(item, first + offset)));
    for (const [key, { element: row }] of drawn) {
      if (near.has(key)) continue;
      row.remove();
      drawn.delete(key);
    }
  };
  element.addEventListener('scroll', () => refresh());
  new ResizeObserver(() => refresh()).observe(element);
  return {
    element,
    refresh,
    show(next) {
      items = next;
      grid.setAttribute('aria-rowcount', String(next.length));
      grid.style.height = `${next.length * rowPx}px`;
      refresh();
    },
  };
}

function keyOf(item: Item): string {
  if (item.is === 'chat') return item.row.id;
  return item.is === 'contact' ? `contact ${item.id}` : `section ${item.text}`;
}

function rowElement(state: State, { item, index }: { item: Item; index: number }, open: (id: string, title: string) => void): HTMLElement {
  if (item.is === 'section') return node('sectionRow', { text: item.text });
  const { id, title } = item.is === 'chat' ? item.row : item;
  const lines = item.is === 'chat' ? chatLines(state, item.row) : [node('rowFirst', {}, [titleNode(title, '')])];
  const isOpen = id === state.openChat;
  const row = node('row', { index, open: isOpen ? '_open' : '' }, [avatar(title), node('rowLines', {}, lines)]);
  // The real list reacts on the cell frame, not on the row around it (facts 2, Chat row).
  row.querySelector('[role="gridcell"]')?.addEventListener('click', () => open(id, title));
  return row;
}

const titleNode = (title: string, prefix: string): HTMLElement => node('rowTitle', { title, prefix });

export function avatar(title: string): HTMLElement {
  const letters = title.replace(/[\u200e\u202a\u202c]/g, '').trim();
  const hue = [...letters].reduce((sum, char) => sum + char.charCodeAt(0) * 7, 0) % 360;
  return node('avatar', { hue, letters: letters.startsWith('+') ? '#' : letters.slice(0, 1).toUpperCase() });
}

function chatLines(state: State, row: ChatRow): HTMLElement[] {
  const prefix = row.unread > 0 ? `${words.unread(row.unread)} ` : '';
  const self = row.isSelf ? node('selfMark', { text: words.yourself }) : null;
  const badge = row.unread > 0 ? node('unread', { count: row.unread, label: words.unread(row.unread) }) : null;
  return [
    node('rowFirst', {}, [titleNode(row.title, prefix), self, node('rowTime', { text: rowTimeOf(row.lastAt) })]),
    node('rowFirst', {}, [preview(state, row), node('rowSide', {}, [row.isMuted ? node('muted') : null, badge])]),
  ];
}

function preview(state: State, row: ChatRow): HTMLElement {
  if (row.draft !== '' && row.id !== state.openChat) {
    return node('rowPreview', { title: row.draft }, [node('rowDraft', { text: words.draft }), node('rowPreviewText', { text: row.draft })]);
  }
  if (!row.preview || row.hidesPreview) return node('rowPreview', {});
  const text = row.preview.text || words.kinds[row.preview.kind];
  const status = waitingStatus(state, row) ?? row.preview.status;
  return node('rowPreview', { title: text }, [status === null ? null : tick('rowStatus', status), node('rowPreviewText', { text })]);
}

function waitingStatus(state: State, row: ChatRow): 'pending' | 'failed' | null {
  const unsent = [...state.unsent.values()].filter((candidate) => candidate.chat === row.id).at(-1);
  if (!unsent) return null;
  return unsent.state === 'failed' ? 'failed' : 'pending';
}

/** Chats and contacts that fit what was typed; without a search every chat. */
export function itemsFor(state: State, search: string): Item[] {
  const rows = sortedRows(state);
  const needle = plain(search);
  if (needle === '') return rows.map((row) => ({ is: 'chat', row }));
  const fits = ({ title }: { title: string }) => plain(title).includes(needle) || samePhone(title, search);
  const chats = rows.filter(fits);
  const shown = new Set(chats.map((row) => row.id));
  const contacts = state.contacts.filter((contact) => fits(contact) && !shown.has(contact.id) && isNewChat(state, contact.id));
  return [
    ...(chats.length > 0 ? [{ is: 'section', text: words.chats } as const] : []),
    ...chats.map((row) => ({ is: 'chat', row }) as const),
    ...(contacts.length > 0 ? [{ is: 'section', text: words.contacts } as const] : []),
    ...contacts.map((contact) => ({ is: 'contact', ...contact }) as const),
  ];
}

const plain = (text: string): string =>
  text
    .replace(/[\u200e\u202a\u202c]/g, '')
    .trim()
    .toLowerCase();
const samePhone = (title: string, search: string): boolean => {
  const digits = search.replace(/\D/g, '');
  return digits.length >= 4 && title.replace(/\D/g, '').includes(digits);
};
