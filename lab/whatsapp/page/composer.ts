import type { MessageView } from '#lab/whatsapp/protocol.ts';
import { attachButton, type FileKind } from './attach.ts';
import { createEditor } from './editor.ts';
import { node } from './nodes.ts';
import { emptyRow, sendMessage } from './outbox.ts';
import type { State } from './state.ts';
import { tell } from './state.ts';
import { words } from './words.ts';

export type Composer = {
  element: HTMLElement;
  setText: (text: string) => void;
  takeText: () => string;
  keepDraft: () => void;
  focus: () => void;
  /** The next message answers this one. */
  quote: (message: MessageView) => void;
};

/** A draft is kept when typing has rested this long, and when the chat is left. */
const draftRestMs = 800;

/** The footer: attach, text field, and one slot that is Send when there is text and the microphone when there is none. */
export function createComposer(
  state: State,
  place: { chat: string; title: string },
  on: { typed: () => void; chosen: (file: File, kind: FileKind) => void },
): Composer {
  const { chat, title } = place;
  let quoted: { message: MessageView; bar: HTMLElement } | null = null;
  let kept = state.rows.get(chat)?.draft ?? '';
  let resting: ReturnType<typeof setTimeout> | undefined;
  const keepDraft = () => {
    clearTimeout(resting);
    const text = editor.text();
    if (text === kept) return;
    kept = text;
    const row = state.rows.get(chat) ?? emptyRow({ chat, title });
    state.rows.set(chat, { ...row, draft: text, lastAt: text === '' ? row.lastAt : Date.now() });
    state.wire.send({ t: 'draft', chat, text });
    tell(state, { is: 'rows' });
  };
  const submit = () => {
    const text = editor.text().trim();
    if (text === '') return;
    const keys = editor.keys();
    setText('');
    const quotes = quoted && { id: quoted.message.id, author: quoted.message.author, text: quoted.message.text };
    unquote();
    sendMessage(state, { chat, title, text, keys, quotes });
    keepDraft();
  };
  const unquote = () => {
    quoted?.bar.remove();
    quoted = null;
  };
  const editor = createEditor(
    'composer',
    { label: words.typeMessageTo(title), placeholder: words.typeMessage },
    {
      submit,
      key: on.typed,
      change: () => {
        fitSlot();
        clearTimeout(resting);
        resting = setTimeout(keepDraft, draftRestMs);
      },
    },
  );
  const mic = node('mic', { label: words.voice });
  const send = node('send', { label: words.sendButton });
  send.addEventListener('click', submit);
  const element = node('composeBox', {}, [attachButton(on.chosen), editor.element, mic]);
  const fitSlot = () => {
    const wanted = editor.text() === '' ? mic : send;
    if (element.lastElementChild !== wanted) element.lastElementChild?.replaceWith(wanted);
  };
  const setText = (text: string) => {
    editor.setText(text);
    fitSlot();
  };
  return {
    element,
    setText(text) {
      kept = text;
      setText(text);
    },
    takeText() {
      const text = editor.text();
      setText('');
      return text;
    },
    keepDraft,
    focus: () => editor.element.focus(),
    quote(message) {
      unquote();
      quoted = { message, bar: quoteBar(message, unquote) };
      element.prepend(quoted.bar);
      editor.element.focus();
    },
  };
}

function quoteBar(message: MessageView, drop: () => void): HTMLElement {
  const bar = node('quoting', { author: message.author, text: message.text || words.kinds[message.kind], label: words.close });
  bar.querySelector('button')?.addEventListener('click', drop);
  return bar;
}
