import { part } from '#lab/messenger/page/nodes.ts';
import { avatar } from './chat-list.ts';
import { node } from './nodes.ts';
import type { State } from './state.ts';
import { words } from './words.ts';

/** Contact info on the right. The phone number is the only place where the page shows it (facts 2, Header). */
export function openDrawer(state: State, chat: string, close: () => void): HTMLElement {
  const closeButton = node('drawerClose', { label: words.close });
  closeButton.addEventListener('click', close);
  const drawer = node('drawer', { label: words.contactInfo }, [closeButton]);
  const body = part(drawer, 'section');
  void state.wire.ask({ is: 'profile', chat }).then((answer) => {
    if (answer.is !== 'profile') return;
    const name = answer.name || answer.phone;
    const phone = answer.phone === '' ? [] : [node('drawerPhone', { text: answer.phone })];
    body.append(avatar(name), node('drawerName', { text: name }), ...phone);
  });
  return drawer;
}
