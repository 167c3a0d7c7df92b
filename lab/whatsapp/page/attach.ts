import { part } from '#lab/messenger/page/nodes.ts';
import { createEditor } from './editor.ts';
import { node } from './nodes.ts';
import { words } from './words.ts';

/** Choosing a file, and the picture of it with its caption before it is sent. Facts 2, Attach and Media preview. */
export type FileKind = 'image' | 'video' | 'document';

/** The menu stands in the page only while it is open, and its file inputs with it. */
export function attachButton(chosen: (file: File, kind: FileKind) => void): HTMLElement {
  const button = node('attach', { label: words.attach });
  let menu: HTMLElement | null = null;
  const close = () => {
    menu?.remove();
    menu = null;
  };
  const input = (name: 'documentInput' | 'mediaInput' | 'stickerInput') => {
    const made = node(name);
    made.addEventListener('change', () => {
      const [file] = made instanceof HTMLInputElement ? (made.files ?? []) : [];
      close();
      if (file) chosen(file, name === 'documentInput' ? 'document' : kindOf(file));
    });
    return made;
  };
  const item = (text: string, made: HTMLElement) => {
    const shown = node('attachItem', { text }, [made]);
    shown.addEventListener('click', (event) => event.target !== made && made.click());
    return shown;
  };
  button.addEventListener('click', () => {
    if (menu) return close();
    menu = node('attachMenu', {}, [
      item(words.kinds.document, input('documentInput')),
      item(words.photosAndVideos, input('mediaInput')),
      item(words.newSticker, input('stickerInput')),
    ]);
    button.after(menu);
  });
  return button;
}

const kindOf = ({ type }: File): FileKind => (type.startsWith('video/') ? 'video' : 'image');

/** Lies over messages and composer until the file is sent or dropped; the header stays visible. */
export function createPreview(file: File, on: { send: (caption: string, keys: number[]) => void; close: () => void }): HTMLElement {
  const submit = () => on.send(editor.text().trim(), editor.keys());
  const editor = createEditor('caption', { label: words.addCaption, placeholder: words.addCaption }, { submit, key: () => {}, change: () => {} });
  const close = node('previewClose', { label: words.close });
  close.addEventListener('click', on.close);
  const send = node('mediaSend', { label: words.sendButton });
  send.addEventListener('click', submit);
  const element = node('preview', {}, [close, node('previewName', { name: file.name }), node('captionBox', {}, [editor.element, send])]);
  queueMicrotask(() => part(element, '[contenteditable]').focus());
  return element;
}
