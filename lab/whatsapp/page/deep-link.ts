import { showStartingChat, tellInDialog } from './dialogs.ts';
import type { MainScreen } from './main-screen.ts';
import type { State } from './state.ts';
import { words } from './words.ts';

/** `/send?phone=<digits>&text=`: looks the number up behind "Starting chat", then opens the chat or says that it is none (facts 2.1). */
export async function followDeepLink(state: State, screen: MainScreen): Promise<void> {
  if (location.pathname !== '/send') return;
  const query = new URLSearchParams(location.search);
  let isCancelled = false;
  const close = showStartingChat(() => {
    isCancelled = true;
    history.replaceState(null, '', '/');
  });
  const phone = query.get('phone') ?? '';
  // Only digits, international, without + or 00.
  const answer = /^[1-9]\d+$/.test(phone) ? await state.wire.ask({ is: 'lookup', phone }) : { is: 'not_on_whatsapp' as const };
  if (isCancelled) return;
  close();
  history.replaceState(null, '', '/');
  if (answer.is !== 'found') {
    tellInDialog(words.invalidNumber);
    return;
  }
  const known = state.rows.get(answer.row.id);
  if (!known) state.rows.set(answer.row.id, answer.row);
  screen.open(answer.row.id, answer.row.title, query.get('text'));
}
