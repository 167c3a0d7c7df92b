import type { MessageView } from '#lab/whatsapp/protocol.ts';
import { bubble, offerMenu } from './bubbles.ts';
import { node } from './nodes.ts';

/**
 * The scrolling list. Every loaded message has its shell in the DOM, but only those near the viewport have content; the others hold
 * `data-virtualized` placeholders (facts 2, Message list). A hidden tab renders the last message only.
 */
export type MessageList = {
  element: HTMLElement;
  show: (messages: MessageView[], how: { grew: 'newest' | 'older' | 'all'; hasMore: boolean }) => void;
  redraw: (message: MessageView) => void;
  close: () => void;
};
type Shell = { element: HTMLElement; message: MessageView; isFirstOfRun: boolean; isDrawn: boolean; height: number };

/** Pixels above and below the viewport in which messages have content. */
const nearPx = 500;
const guessedHeight = 64;
/** Distance from the top at which the page before is asked for. */
const olderPx = 200;

export function createMessageList(on: { wantsOlder: () => void; reply: (message: MessageView) => void }): MessageList {
  const element = node('messages');
  const older = node('loadingOlder');
  let shells: Shell[] = [];
  let hasMore = false;
  const byElement = new WeakMap<Element, Shell>();
  const observer = new IntersectionObserver(
    (entries) => {
      if (document.hidden) return;
      for (const { target, isIntersecting } of entries) {
        const shell = byElement.get(target);
        if (shell) toggle(shell, { isNear: isIntersecting });
      }
    },
    { root: element, rootMargin: `${nearPx}px 0px` },
  );
  element.addEventListener('scroll', () => {
    if (hasMore && element.scrollTop < olderPx) on.wantsOlder();
  });

  const draw = (shell: Shell): void => {
    shell.isDrawn = true;
    shell.element.replaceChildren(bubble(shell.message, shell));
  };
  /** The newest ones have content at once; the observer brings the rest as they come near. */
  const drawLast = (): void => {
    const count = document.hidden ? 1 : 12;
    for (const shell of shells.slice(-count)) if (!shell.isDrawn) draw(shell);
  };
  const toggle = (shell: Shell, { isNear }: { isNear: boolean }): void => {
    if (isNear === shell.isDrawn) return;
    if (isNear) draw(shell);
    else clear(shell);
  };

  const shellFor = (message: MessageView, isFirstOfRun: boolean, known: Shell | undefined): Shell => {
    if (known) {
      const isSame = known.isFirstOfRun === isFirstOfRun && known.message.status === message.status;
      Object.assign(known, { message, isFirstOfRun });
      if (!isSame && known.isDrawn) draw(known);
      return known;
    }
    const shell: Shell = { element: node('message', shellData(message)), message, isFirstOfRun, isDrawn: false, height: guessedHeight };
    byElement.set(shell.element, shell);
    offerMenu(shell.element, () => on.reply(shell.message));
    clear(shell);
    observer.observe(shell.element);
    return shell;
  };

  return {
    element,
    show(messages, how) {
      hasMore = how.hasMore;
      const distance = element.scrollHeight - element.scrollTop;
      const wasAtEnd = distance - element.clientHeight < nearPx;
      const known = new Map(shells.map((shell) => [shell.message.id, shell]));
      shells = messages.map((message, index) => shellFor(message, messages[index - 1]?.out !== message.out, known.get(message.id)));
      element.replaceChildren(...(hasMore ? [older] : []), ...shells.map((shell) => shell.element));
      drawLast();
      const isOwnNews = how.grew === 'newest' && (wasAtEnd || messages.at(-1)?.out);
      element.scrollTop = how.grew === 'all' || isOwnNews ? element.scrollHeight : element.scrollHeight - distance;
    },
    redraw(message) {
      const shell = shells.find((candidate) => candidate.message.id === message.id);
      if (!shell) return;
      shell.message = message;
      if (shell.isDrawn) draw(shell);
    },
    close: () => observer.disconnect(),
  };
}

function clear(shell: Shell): void {
  if (shell.isDrawn) shell.height = shell.element.offsetHeight || guessedHeight;
  shell.isDrawn = false;
  shell.element.replaceChildren(node('placeholder', { height: shell.height }));
}

/** The old dialects wrote direction and number into the id (facts 0.1); there the id is made up from what the page knows. */
function shellData(message: MessageView): Record<string, string> {
  return {
    id: message.id,
    side: message.out ? '_out' : '_in',
    oldSide: message.out ? 'message-out' : 'message-in',
    lidId: `${message.out}_${message.chat}_${message.id}`,
    phoneId: `${message.out}_${message.wid}_${message.id}`,
  };
}
