import type { PeerView } from '#lab/telegram/protocol.ts';
import { dialect, node } from './nodes.ts';
import { words } from './words.ts';

/** The message field with its clone and the one button that records when the field is empty and sends when it is not. */
export type Composer = { element: HTMLElement; text: () => string; setText: (text: string) => void; focus: () => void };
type On = { submit: (text: string, keys: number[]) => void; change: (text: string) => void; key: () => void };

const modifiers = new Set(['Shift', 'Control', 'Alt', 'Meta', 'CapsLock']);

export function createComposer(peer: PeerView, on: On): Composer {
  const editor = node('editor', { id: peer.id });
  const clone = node('clone');
  let keyTimes: number[] = [];
  const text = () => readText(editor);
  const button = () => {
    const what = text().trim() === '' ? 'record' : 'send';
    const drawn = node('mainButton', { what, label: words[what], sign: what === 'send' ? '➤' : '🎤' });
    drawn.addEventListener('click', submit);
    return drawn;
  };
  const setText = (next: string) => {
    editor.replaceChildren(...next.split('\n').flatMap((line, index) => (index > 0 ? [document.createElement('br'), line] : [line])));
    keyTimes = [];
    drawn();
  };
  function submit(): void {
    const said = text().trim();
    if (said === '') return;
    const keys = keyTimes.map((time) => Math.round(time - (keyTimes[0] ?? 0)));
    setText('');
    on.submit(said, keys);
  }
  /** Below a name that is being written its owner is offered, and Enter takes the offer instead of sending. */
  const takeOffered = () => {
    if (!/(^|\s)@\w*$/.test(text())) return false;
    setText(text().replace(/@\w*$/, `@${peer.name} `));
    return true;
  };
  let present = button();
  const drawn = () => {
    const next = button();
    if (next.className !== present.className) present.replaceWith(next);
    if (next.className !== present.className) present = next;
    clone.textContent = editor.textContent;
  };
  editor.addEventListener('keydown', (event) => {
    if (!event.isTrusted) return;
    if (!modifiers.has(event.key)) keyTimes.push(performance.now());
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      if (peer.kind === 'group' && takeOffered()) return;
      submit();
      return;
    }
    on.key();
  });
  editor.addEventListener('input', (event) => {
    if (!event.isTrusted) return;
    if (text() === '') keyTimes = [];
    drawn();
    on.change(text());
  });
  const bell = dialect === 'a' && peer.kind === 'channel' ? node('channelBell') : null;
  const box = node('composerBox', {}, [dialect === 'a' ? clone : null, editor, dialect === 'k' ? clone : null, bell, node('attach')]);
  const element = node('composer', {}, [box, present]);
  return { element, text, setText, focus: () => editor.focus() };
}

/** Lines end at <br> and at the end of each block; one break at the very end only keeps the caret visible. */
function readText(root: Element): string {
  const raw = (at: Node): string => {
    if (at.nodeName === 'BR') return '\n';
    if (at.nodeType === Node.TEXT_NODE) return at.nodeValue ?? '';
    const inner = [...at.childNodes].map(raw).join('');
    return at.nodeName === 'DIV' ? `\n${inner}` : inner;
  };
  return [...root.childNodes].map(raw).join('').replace(/\n$/, '').replaceAll('\u00a0', ' ');
}
