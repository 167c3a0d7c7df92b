import { part } from '#lab/messenger/page/nodes.ts';
import { node } from './nodes.ts';
import { words } from './words.ts';

/** Popups over the whole page. Each returns how to close it. */
export function showDialog(parts: (Node | null)[], on: { escape?: () => void } = {}): () => void {
  const dialog = node('dialog', {}, parts);
  const layer = node('dialogLayer', {}, [dialog]);
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Escape') on.escape?.();
  };
  document.addEventListener('keydown', onKey);
  part(document, '#app').append(layer);
  return () => {
    document.removeEventListener('keydown', onKey);
    layer.remove();
  };
}

export function button(name: 'dialogOk' | 'dialogCancel' | 'newsContinue', text: string, press: () => void): HTMLElement {
  const made = node(name, { text });
  made.addEventListener('click', press);
  return made;
}

/** One sentence and OK. */
export function tellInDialog(text: string, pressed: () => void = () => {}): void {
  const ok = button('dialogOk', words.ok, () => {
    close();
    pressed();
  });
  const close = showDialog([node('dialogText', { text }), node('dialogControls', {}, [ok])]);
}

/** The wait while a number is looked up. Escape or Cancel gives up (facts 2.1). */
export function showStartingChat(cancel: () => void): () => void {
  const end = () => {
    close();
    cancel();
  };
  const close = showDialog(
    [
      node('dialogSpinner'),
      node('dialogText', { text: words.startingChat }),
      node('dialogControls', {}, [button('dialogCancel', words.cancel, end)]),
    ],
    { escape: end },
  );
  return close;
}

export function showNews(): void {
  const closeButton = node('newsClose', { label: words.close });
  closeButton.addEventListener('click', () => close());
  const close = showDialog([
    closeButton,
    node('dialogTitle', { text: words.newsTitle }),
    node('dialogText', { text: words.newsText }),
    node('dialogControls', {}, [button('newsContinue', words.continue, () => close())]),
  ]);
}

export function showConflict(useHere: () => void): void {
  const take = button('dialogOk', words.useHere, () => {
    close();
    useHere();
  });
  const close = showDialog([node('dialogText', { text: words.conflict }), node('dialogControls', {}, [take])]);
}

export function showRestricted(): void {
  const ok = button('dialogOk', words.ok, () => close());
  const close = showDialog([
    node('dialogTitle', { text: words.restrictedTitle }),
    node('dialogText', { text: words.restrictedText }),
    node('dialogControls', {}, [ok]),
  ]);
}
