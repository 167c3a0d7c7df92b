import { refill, slotOf } from '#lab/messenger/page/nodes.ts';
import type { PeerView } from '#lab/telegram/protocol.ts';
import { dialect, node } from './nodes.ts';
import type { Shown } from './state.ts';
import { dayOf, timeOf } from './times.ts';
import { words } from './words.ts';

export type MessageList = { element: HTMLElement; show: (messages: Shown[] | null, grew: 'newest' | 'older') => void };

/** Facts 1, MESSAGES: during the change of a status two icons stand, -from and -to, then -inactive and -active. */
const slideMs = 250;
const signs = { pending: '◷', succeeded: '✓', read: '✓✓', failed: '!' };

export function createMessageList(peer: PeerView, wantsOlder: () => void): MessageList {
  const element = node('messages', { avatars: peer.kind === 'group' ? '' : 'no-avatars', closed: peer.isClosed ? 'no-composer' : '' }, [
    node('messagesLoading'),
  ]);
  /** The status that each message showed last, by its place: its id changes. */
  let ticks: Shown['status'][] = [];
  element.addEventListener('scroll', () => {
    if (element.scrollTop < 100) wantsOlder();
  });
  return {
    element,
    show(messages, grew) {
      const fromBottom = element.scrollHeight - element.scrollTop;
      if (messages === null) return;
      const groups = new Map<string, HTMLElement[]>();
      for (const [index, message] of messages.entries()) {
        const day = dayOf(message.at);
        const drawn = draw(message, { peer, isLast: index === messages.length - 1, before: grew === 'newest' ? (ticks[index] ?? null) : null });
        groups.set(day, [...(groups.get(day) ?? []), drawn]);
      }
      ticks = messages.map((message) => message.status);
      const days = [...groups].map(([text, drawn]) => node('day', { text }, drawn));
      refill(element, days.length > 0 ? days : [node('noMessages', { text: words.noMessages })]);
      element.scrollTop = grew === 'newest' ? element.scrollHeight : element.scrollHeight - fromBottom;
    },
  };
}

function draw(message: Shown, { peer, isLast, before }: { peer: PeerView; isLast: boolean; before: Shown['status'] }): HTMLElement {
  const { id, text, at } = message;
  // A channel's posts are nobody's own, and show views where others show a tick.
  const isPost = dialect === 'a' && peer.kind === 'channel';
  const status = isPost ? null : message.status;
  const meta = node('meta', { time: timeOf(at) }, [status === null ? null : statusOf(status, before)]);
  const isPicture = dialect === 'a' && /^\p{Extended_Pictographic}\ufe0f?$/u.test(text);
  const content = node('text');
  for (const [index, line] of text.split('\n').entries()) content.append(...(index > 0 ? [document.createElement('br'), line] : [line]));
  content.append(meta);
  const data = {
    id,
    htmlId: id.replace('.', '-'),
    own: message.isOut && !isPost ? 'own' : '',
    views: isPost && Number.isInteger(Number(id)) ? 'has-views' : '',
    last: isLast ? 'last-in-list' : '',
    peer: peer.id,
    seconds: Math.floor(at / 1000),
  };
  return node('message', { ...data, state: stateClass(message) }, isPicture ? [node('animatedEmoji'), meta] : [content]);
}

/** Web K says the state in a class of the bubble. */
function stateClass({ isOut, status }: Shown): string {
  if (!isOut || status === null) return 'is-in';
  const words = { pending: 'is-sending', succeeded: 'is-sent', read: 'is-read', failed: 'is-error' };
  return `is-out ${words[status]}`;
}

function statusOf(status: NonNullable<Shown['status']>, before: Shown['status']): HTMLElement {
  if (before === null || before === status) return node('status', {}, [slide(status, 'active')]);
  const [from, to] = [slide(before, 'from'), slide(status, 'to')];
  const element = node('status', {}, [from, to]);
  const place = (one: Element, name: string) => one.setAttribute('class', (one.getAttribute('class') ?? '').replace(/slide-\w+/, `slide-${name}`));
  setTimeout(() => {
    place(from, 'inactive');
    place(to, 'active');
  }, slideMs);
  setTimeout(() => slotOf(element).replaceChildren(to), slideMs * 2);
  return element;
}

const slide = (status: NonNullable<Shown['status']>, place: string): HTMLElement =>
  node('statusSlide', { place }, [
    status === 'failed' ? node('statusFailed') : node('statusIcon', { status, icon: status === 'read' ? 'checks' : 'check', sign: signs[status] }),
  ]);
