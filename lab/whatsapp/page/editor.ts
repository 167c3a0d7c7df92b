import { part } from '#lab/messenger/page/nodes.ts';
import { node } from './nodes.ts';

/**
 * The text field. Like the real one it has a model of its own: text enters only by real key, insertText or paste input; whatever a
 * script writes into the DOM is thrown out again (facts 2.3). Shift+Enter makes a new line, Enter submits.
 */
export type Editor = {
  element: HTMLElement;
  text: () => string;
  /** Replaces the text without counting as typing: a draft, or empty after a send. */
  setText: (text: string) => void;
  /** Milliseconds of each keydown since the first one for the present text. */
  keys: () => number[];
};
type On = { change: (text: string) => void; submit: () => void; key: () => void };

const modifiers = new Set(['Shift', 'Control', 'Alt', 'Meta', 'CapsLock']);

export function createEditor(name: 'composer' | 'caption', labels: { label: string; placeholder: string }, on: On): Editor {
  const element = node(name, labels);
  let text = '';
  let keyTimes: number[] = [];
  const watcher = new MutationObserver(() => {
    if (readText(element) !== text) draw();
  });
  const draw = () => {
    drawText(element, text);
    watcher.takeRecords();
  };
  const setText = (next: string) => {
    text = next;
    keyTimes = [];
    draw();
    if (document.activeElement === element) placeCaret(element, text.length);
  };

  element.addEventListener('keydown', (event) => {
    if (!event.isTrusted) return;
    if (!modifiers.has(event.key)) keyTimes.push(performance.now());
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      on.submit();
      return;
    }
    on.key();
  });
  element.addEventListener('input', (event) => {
    if (!event.isTrusted) return;
    text = readText(element);
    if (text === '') keyTimes = [];
    straighten(element, text);
    watcher.takeRecords();
    on.change(text);
  });
  element.addEventListener('paste', (event) => pastePlain(event));
  element.addEventListener('beforeinput', (event) => {
    if (event.inputType.startsWith('format') || event.inputType === 'insertParagraph') event.preventDefault();
  });
  draw();
  watcher.observe(element, { childList: true, characterData: true, subtree: true });
  return { element, text: () => text, setText, keys: () => keyTimes.map((time) => Math.round(time - (keyTimes[0] ?? 0))) };
}

function pastePlain(event: ClipboardEvent): void {
  event.preventDefault();
  const lines = (event.clipboardData?.getData('text/plain') ?? '').split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    if (index > 0) document.execCommand('insertLineBreak');
    if (line) document.execCommand('insertText', false, line);
  }
}

/** Lines end at <br> and at the end of each block but the last; a <br> at the very end only keeps the caret visible. */
function readText(element: Element): string {
  const blocks = [...element.children].filter((child) => child.tagName === 'P' || child.tagName === 'DIV');
  const parts = blocks.length > 0 ? blocks : [element];
  return parts.map((part) => rawText(part).replace(/\n$/, '')).join('\n');
}

function rawText(root: Node): string {
  if (root.nodeName === 'BR') return '\n';
  if (root.nodeType === Node.TEXT_NODE) return root.nodeValue ?? '';
  return [...root.childNodes].map(rawText).join('');
}

function canonical(text: string): HTMLElement {
  const paragraph = document.createElement('p');
  paragraph.className = 'selectable-text copyable-text';
  paragraph.dir = 'auto';
  for (const [index, line] of text.split('\n').entries()) {
    if (index > 0) paragraph.append(document.createElement('br'));
    if (!line) continue;
    const span = document.createElement('span');
    span.className = 'selectable-text copyable-text';
    span.dataset.lexicalText = 'true';
    span.textContent = line;
    paragraph.append(span);
  }
  if (text === '' || text.endsWith('\n')) paragraph.append(document.createElement('br'));
  return paragraph;
}

function drawText(element: Element, text: string): void {
  element.replaceChildren(canonical(text));
}

/** Brings what the browser's own editing left behind into the editor's form, caret included. */
function straighten(element: HTMLElement, text: string): void {
  const wanted = canonical(text);
  if (element.childNodes.length === 1 && element.firstChild?.isEqualNode(wanted)) return;
  const caret = caretOffset(element);
  element.replaceChildren(wanted);
  placeCaret(element, caret);
}

function caretOffset(element: Element): number {
  const selection = getSelection();
  if (!selection?.rangeCount) return 0;
  const range = document.createRange();
  range.setStart(element, 0);
  const { endContainer, endOffset } = selection.getRangeAt(0);
  range.setEnd(endContainer, endOffset);
  return rawText(range.cloneContents()).length;
}

function placeCaret(element: Element, offset: number): void {
  const paragraph = part(element, 'p');
  let left = offset;
  for (const leaf of [...paragraph.childNodes]) {
    const length = rawText(leaf).length;
    const isText = leaf.nodeName === 'SPAN';
    if (isText && left <= length) return void getSelection()?.collapse(leaf.firstChild, left);
    if (!isText && left === 0) return void getSelection()?.collapse(paragraph, [...paragraph.childNodes].indexOf(leaf));
    left -= length;
  }
  getSelection()?.collapse(paragraph, paragraph.childNodes.length);
}
