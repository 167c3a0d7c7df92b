import type { Message } from '#lab/whatsapp/model.ts';
import type { PhoneChat } from './api.ts';
import { api } from './api.ts';
import { html, timeOf } from './html.ts';

export type PhoneView = { element: HTMLElement; refresh: () => Promise<void> };

/** The chats of one phone, and one of them opened to read and write as this number. */
export function chatsView(number: string): PhoneView {
  let open: PhoneChat | null = null;
  let shownPeer = '';
  const element = html('section', { class: 'pane chats' });
  const show = (chat: PhoneChat | null) => {
    open = chat;
    shownPeer = '';
    void refresh();
  };
  const refresh = async () => {
    if (!open) {
      const { chats } = await api.chats(number);
      if (!open)
        element.replaceChildren(
          newChat((peer) => show({ number: peer, title: `+${peer}`, unread: 0, draft: '', last: null })),
          chatList(chats, show),
        );
      return;
    }
    const chat = open;
    await api.read(number, chat.number);
    const { messages } = await api.messages(number, chat.number);
    if (open !== chat) return;
    if (shownPeer !== chat.number) element.replaceChildren(thread(number, chat, () => show(null)));
    shownPeer = chat.number;
    const bubbles = element.querySelector('ol');
    bubbles?.replaceChildren(...messages.map((message) => bubble(number, message)));
    bubbles?.scrollTo({ top: bubbles.scrollHeight });
  };
  return { element, refresh };
}

function newChat(start: (peer: string) => void): HTMLElement {
  const input = html('input', { attrs: { type: 'tel', placeholder: 'Write to a number', 'aria-label': 'Write to a number' } });
  const form = html('form', { class: 'field' }, [input, html('button', { class: 'main', text: 'Open' })]);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const digits = input.value.replace(/\D/g, '');
    if (digits.length >= 7) start(digits);
  });
  return form;
}

function chatList(chats: PhoneChat[], show: (chat: PhoneChat) => void): HTMLElement {
  if (chats.length === 0) return html('p', { class: 'none', text: 'No chats yet.' });
  return html(
    'ul',
    { class: 'list' },
    chats.map((chat) => {
      const last = html('small', { text: chat.last?.text ?? '' });
      const badge = chat.unread > 0 ? html('b', { text: String(chat.unread), attrs: { 'aria-label': `${chat.unread} unread` } }) : null;
      const time = html('time', { text: chat.last ? timeOf(chat.last.at) : '' });
      return html('li', { press: () => show(chat) }, [html('div', {}, [html('strong', { text: chat.title }), last]), html('div', {}, [time, badge])]);
    }),
  );
}

function thread(number: string, chat: PhoneChat, back: () => void): HTMLElement {
  const input = html('textarea', { attrs: { rows: '1', placeholder: 'Message', 'aria-label': 'Message' } });
  const form = html('form', { class: 'field' }, [input, html('button', { class: 'main', text: 'Send' })]);
  const send = () => {
    const text = input.value.trim();
    input.value = '';
    if (text !== '') void api.send(number, chat.number, text);
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send();
  });
  input.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey) return;
    event.preventDefault();
    send();
  });
  const head = html('header', {}, [
    html('button', { text: 'Back', press: back }),
    html('strong', { text: chat.title }),
    html('small', { text: `+${chat.number}` }),
  ]);
  return html('div', { class: 'thread' }, [head, html('ol'), form]);
}

const ticks = { sent: 'Sent', delivered: 'Delivered', read: 'Read' };

function bubble(number: string, message: Message): HTMLElement {
  const isMine = message.from === number;
  const meta = html('small', { text: isMine ? `${timeOf(message.at)} · ${ticks[message.status]}` : timeOf(message.at) });
  return html('li', { class: isMine ? 'mine' : 'theirs' }, [html('span', { text: message.text || `(${message.kind})` }), meta]);
}
