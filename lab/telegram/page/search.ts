import { part, refill } from '#lab/messenger/page/nodes.ts';
import type { PeerView } from '#lab/telegram/protocol.ts';
import { avatar } from './chat-list.ts';
import { node } from './nodes.ts';
import type { State } from './state.ts';
import { words } from './words.ts';

/** The search field and what it finds: dialogs by name, then everybody by username. Who is both stands twice (facts 1, SEARCH). */
export function createSearch(state: State, on: { open: (peer: PeerView) => void; results: (element: HTMLElement | null) => void }): HTMLElement {
  const element = node('search', { text: words.search });
  const input = part<HTMLInputElement>(element, 'input');
  const results = node('results');
  input.addEventListener('input', async () => {
    const text = input.value.trim();
    on.results(text === '' ? null : results);
    if (text === '') return;
    const answer = await state.wire.ask({ is: 'search', text });
    if (answer.is !== 'hits' || input.value.trim() !== text) return;
    const hit = (peer: PeerView, isGlobal: boolean) => {
      const info = node('itemInfo', {}, [
        node('name', { id: peer.id, text: peer.name }),
        isGlobal ? node('handle', { text: peer.username ?? '' }) : null,
      ]);
      const row = node('result', {}, [avatar(peer), info]);
      row.addEventListener('click', () => {
        input.value = '';
        on.results(null);
        on.open(peer);
      });
      return row;
    };
    refill(results, [...answer.local.map((peer) => hit(peer, false)), ...answer.global.map((peer) => hit(peer, true))]);
  });
  return element;
}
