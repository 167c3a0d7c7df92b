import { avatar } from './chat-list.ts';
import { node } from './nodes.ts';
import type { State } from './state.ts';
import { words } from './words.ts';

/** Contact info on the right. The phone number is the only place where the page shows it (facts 2, Header). */
export function openDrawer(state: State, chat: string, close: () => void): HTMLElement {
  const closeButton = node('drawerClose', { label: words.close });
  closeButton.addEventListener('click', close);
  const drawer = node('drawer', {}, [closeButton]);
  void state.wire.ask({ is: 'profile', chat }).then((answer) => {
    if (answer.is !== 'profile') return;
    const name = answer.name || answer.phone;
    drawer.append(avatar(name), node('drawerName', { text: name }), node('drawerPhone', { text: answer.phone }));
  });
  return drawer;
}
