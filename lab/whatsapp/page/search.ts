import type { ChatList, Item } from './chat-list.ts';
import { itemsFor } from './chat-list.ts';
import { node } from './nodes.ts';
import type { State } from './state.ts';
import { words } from './words.ts';

/** A lookup of a number starts when typing has rested this long. */
const restMs = 300;
/** From this many digits on, a search that is a number is looked up on the server. */
const phoneDigits = 7;

/** The search box above the list. Escape and the cross clear it; Enter opens the first hit. */
export type Search = { element: HTMLElement; refresh: () => void };

export function createSearch(state: State, list: ChatList, on: { open: (id: string, title: string) => void }): Search {
  const clear = node('searchClear', { label: words.clearSearch });
  const field = node('searchInput', { label: words.search });
  const element = node('searchBox', {}, [field, clear]);
  let found: Item[] = [];
  let resting: ReturnType<typeof setTimeout> | undefined;
  const typed = () => (field instanceof HTMLInputElement ? field.value : (field.textContent ?? ''));
  const items = () => [...itemsFor(state, typed()), ...found];
  const refresh = () => {
    clear.hidden = typed() === '';
    list.show(items());
  };
  const lookUp = async (text: string) => {
    const answer = await state.wire.ask({ is: 'lookup', phone: text });
    if (typed() !== text || answer.is !== 'found') return;
    const isShown = itemsFor(state, text).some((item) => item.is !== 'section' && (item.is === 'chat' ? item.row.id : item.id) === answer.row.id);
    if (isShown) return;
    // A number in the address book stands under its name; the others under "Not in your contacts".
    const isContact = state.contacts.some((contact) => contact.id === answer.row.id);
    const section = isContact ? words.contacts : words.notInContacts;
    found = [{ is: 'section', text: section }, answer.row.hasMessages ? { is: 'chat', row: answer.row } : { is: 'contact', ...answer.row }];
    refresh();
  };
  const change = () => {
    found = [];
    refresh();
    clearTimeout(resting);
    const text = typed();
    const isNumber = /^[+\d\s()-]+$/.test(text) && text.replace(/\D/g, '').length >= phoneDigits;
    if (isNumber) resting = setTimeout(() => void lookUp(text), restMs);
  };
  const empty = () => {
    if (field instanceof HTMLInputElement) field.value = '';
    else field.textContent = '';
    change();
  };
  field.addEventListener('input', (event) => {
    if (event.isTrusted) change();
  });
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') empty();
    if (event.key !== 'Enter') return;
    event.preventDefault();
    const first = typed() === '' ? undefined : items().find((item) => item.is !== 'section');
    if (first?.is === 'chat') on.open(first.row.id, first.row.title);
    if (first?.is === 'contact') on.open(first.id, first.title);
  });
  clear.addEventListener('click', empty);
  clear.hidden = true;
  return { element, refresh };
}
