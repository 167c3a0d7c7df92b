import type { MessageView } from '#lab/whatsapp/protocol.ts';
import { node } from './nodes.ts';
import { stampOf, timeOf } from './times.ts';
import { words } from './words.ts';

type Shown = NonNullable<MessageView['status']>;

/**
 * Facts 0.4: the icon names lie. `wds-ic-delivered` is the single grey tick (sent), `wds-ic-read` the double one: grey is delivered,
 * blue is read. The names for pending and failed are not measured; these begin as the facts' pattern demands.
 */
const icons: Record<Shown, { icon: string; oldIcon: string; oldRowIcon: string; tone: string; path: string }> = {
  pending: { icon: 'ic-schedule', oldIcon: 'msg-time', oldRowIcon: 'status-time', tone: '_grey', path: 'M9 1a5 5 0 1 0 .01 0M9 3v3l2 1' },
  sent: { icon: 'wds-ic-delivered', oldIcon: 'msg-check', oldRowIcon: 'status-check', tone: '_grey', path: 'M3 6l4 4 7-8' },
  delivered: { icon: 'wds-ic-read', oldIcon: 'msg-dblcheck', oldRowIcon: 'status-dblcheck', tone: '_grey', path: 'M1 6l4 4 7-8M9 10l7-8' },
  read: { icon: 'wds-ic-read', oldIcon: 'msg-dblcheck-ack', oldRowIcon: 'status-dblcheck-ack', tone: '_blue', path: 'M1 6l4 4 7-8M9 10l7-8' },
  failed: { icon: 'message-fail', oldIcon: 'message-fail', oldRowIcon: 'message-fail', tone: '_red', path: 'M9 1v6M9 9.5v.5' },
};

export function tick(name: 'tick' | 'rowStatus', status: Shown): HTMLElement {
  const { path, ...data } = icons[status];
  return node(name, { ...data, label: words.ticks[status] }, [node('tickPath', { path })]);
}

/** What is inside a message's shell: tail on the first of a run, speaker, quote, text, time, tick. */
export function bubble(message: MessageView, place: { isFirstOfRun: boolean }): HTMLElement {
  const tail = place.isFirstOfRun ? node('tail', { tail: message.out ? 'tail-out' : 'tail-in' }) : null;
  const speaker = place.isFirstOfRun ? node('speaker', { label: message.out ? words.you : `${message.author}:` }) : null;
  const author = place.isFirstOfRun && message.isGroup && !message.out ? node('author', { author: message.author }) : null;
  return node('bubble', {}, [tail, speaker, author, ...content(message), meta(message)]);
}

function meta(message: MessageView): HTMLElement {
  return node('meta', { time: timeOf(message.at) }, [message.status === null ? null : tick('tick', message.status)]);
}

function content(message: MessageView): HTMLElement[] {
  if (message.kind === 'deleted') return [node('recalled', { text: words.kinds.deleted })];
  if (message.kind === 'text') return message.text === '' ? [] : [textBlock(message)];
  const name = message.file?.name ?? message.text;
  const src = message.kind === 'image' ? pictureFor(message) : undefined;
  const shown = node(message.kind, { label: words.kinds[message.kind], name: name || words.kinds[message.kind], src });
  const isNamed = message.kind === 'contact' || message.kind === 'poll';
  return message.text === '' || isNamed ? [shown] : [shown, textBlock(message)];
}

const pictures = new Map<string, string>();

/** Pictures are shown under blob addresses: fetched first, then handed to the element. */
function pictureFor({ id, file }: MessageView): string {
  const known = pictures.get(id);
  if (known) return known;
  const blank = new Blob(['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 22 12"><path fill="#9bb" d="M0 12 8 3l6 7 3-3 5 5"/></svg>'], {
    type: 'image/svg+xml',
  });
  const address = URL.createObjectURL(blank);
  pictures.set(id, address);
  if (file) void fetch(`/file/${file.id}`).then(async (reply) => pictures.set(id, URL.createObjectURL(await reply.blob())));
  return address;
}

/** The arrow of a bubble stands in the page only under the mouse; its menu goes with the next click anywhere. */
export function offerMenu(shell: HTMLElement, reply: () => void): void {
  const arrow = node('menuButton', { label: words.contextMenu });
  arrow.addEventListener('click', (event) => {
    event.stopPropagation();
    const answer = node('menuReply', { text: words.reply });
    const menu = node('bubbleMenu', {}, [answer]);
    answer.addEventListener('click', reply);
    shell.firstElementChild?.append(menu);
    document.addEventListener('click', () => menu.remove(), { once: true });
  });
  shell.addEventListener('mouseenter', () => shell.firstElementChild?.append(arrow));
  shell.addEventListener('mouseleave', () => arrow.remove());
}

function textBlock(message: MessageView): HTMLElement {
  const quoted = message.quoted ? node('quoted', message.quoted) : null;
  const isLong = message.text.length > longText;
  const shown = isLong ? `${message.text.slice(0, longText)}…` : message.text;
  const text = node('text', { dir: 'auto' }, withEmoji(shown));
  const block = node('textBlock', { stamp: stampOf(message.at, message.author) }, [quoted, text]);
  if (!isLong) return block;
  const more = node('readMore', { text: words.readMore });
  more.addEventListener('click', () => {
    text.replaceWith(node('text', { dir: 'auto' }, withEmoji(message.text)));
    more.remove();
  });
  block.append(more);
  return block;
}

/** From this length on a text ends in "Read more". The facts name the button, not the length. */
const longText = 768;
const pictographs =
  /(\p{RI}\p{RI}|\p{Emoji_Presentation}(?:\u200d\p{Extended_Pictographic}\ufe0f?|\p{Emoji_Modifier})*|\p{Extended_Pictographic}\ufe0f)/u;

/** Emojis become pictures whose `alt` holds the character. */
function withEmoji(text: string): Node[] {
  const isPictograph = (_piece: string, index: number) => index % 2 === 1;
  return text
    .split(pictographs)
    .map((piece, index) => (isPictograph(piece, index) ? node('emoji', { emoji: piece, src: pictureOf(piece) }) : document.createTextNode(piece)));
}

function pictureOf(emoji: string): string {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20"><text x="10" y="16" font-size="16" text-anchor="middle">${emoji}</text></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
