import { icon } from './dom-icons.ts';
import type { Row } from './dom-table.ts';

/** Facts 2, what a message can hold besides text, its menu, and how a file gets in. */
export const mediaNodes = {
  image: {
    fact: 'ours',
    '2026b': {
      tag: 'div',
      class: '_picture',
      attrs: { role: 'button', 'aria-label': '{label}', 'data-testid': 'image-thumb' },
      inside: [{ tag: 'img', attrs: { alt: '', src: '{src}' } }],
    },
  },
  video: {
    fact: 'ours',
    '2026b': {
      tag: 'div',
      class: '_media',
      attrs: { role: 'button', 'aria-label': '{label}', 'data-testid': 'video-thumb' },
      inside: [icon('media-play', 'play'), { tag: 'span', text: '0:07' }],
    },
  },
  audio: {
    fact: 'ours',
    '2026b': {
      tag: 'div',
      class: '_media',
      inside: [
        { tag: 'button', class: '_icon', attrs: { type: 'button', 'aria-label': '{label}' }, inside: [icon('audio-play', 'play')] },
        { tag: 'span', text: '0:03' },
      ],
    },
  },
  document: {
    fact: 'ours',
    '2026b': {
      tag: 'div',
      class: '_media',
      attrs: { role: 'button', 'aria-label': '{label}', title: '{name}', 'data-testid': 'document-thumb' },
      inside: [icon('document-refreshed', 'page'), { tag: 'span', attrs: { dir: 'auto' }, text: '{name}' }],
    },
  },
  sticker: { fact: 'ours', '2026b': { tag: 'div', class: '_media', attrs: { 'aria-label': '{label}', 'data-testid': 'sticker' }, text: '◕‿◕' } },
  location: {
    fact: 'ours',
    '2026b': {
      tag: 'a',
      class: '_media',
      attrs: { href: 'https://maps.google.com/?q=52.5,13.4', target: '_blank', rel: 'noopener', 'aria-label': '{label}' },
      text: '{label}',
    },
  },
  contact: {
    fact: '2 Text: minus vcard-msg',
    '2026b': {
      tag: 'div',
      class: '_media',
      attrs: { 'data-testid': 'vcard-msg' },
      inside: [{ tag: 'span', class: 'selectable-text', attrs: { dir: 'auto' }, text: '{name}' }],
    },
  },
  poll: {
    fact: '2 Text: minus poll-*',
    '2026b': {
      tag: 'div',
      class: '_media',
      attrs: { 'data-testid': 'poll-bubble' },
      inside: [
        { tag: 'span', class: 'selectable-text', attrs: { dir: 'auto', 'data-testid': 'poll-name' }, text: '{name}' },
        { tag: 'span', text: '○' },
      ],
    },
  },
  menuButton: {
    fact: 'ours',
    '2026b': {
      tag: 'button',
      class: '_bubbleMenu',
      attrs: { type: 'button', 'aria-label': '{label}' },
      inside: [icon('ic-chevron-down-menu', 'chevron')],
    },
    '2025': { tag: 'div', class: '_bubbleMenu', attrs: { role: 'button', 'aria-label': '{label}' }, inside: [icon('down-context', 'chevron')] },
  },
  bubbleMenu: { fact: 'ours', '2026b': { tag: 'ul', class: '_menu', attrs: { role: 'menu' } } },
  menuReply: {
    fact: 'ours',
    '2026b': { tag: 'li', attrs: { role: 'menuitem', tabindex: '0', 'aria-label': '{text}', 'data-testid': 'mi-msg-reply' }, text: '{text}' },
  },
  quoting: {
    fact: 'ours',
    '2026b': {
      tag: 'div',
      class: '_quoting',
      inside: [
        {
          tag: 'div',
          attrs: { 'data-testid': 'quoted-message' },
          inside: [
            { tag: 'span', attrs: { dir: 'auto' }, text: '{author}' },
            { tag: 'span', attrs: { dir: 'auto' }, text: '{text}' },
          ],
        },
        { tag: 'button', class: '_close', attrs: { type: 'button', 'aria-label': '{label}' }, inside: [icon('x-alt', 'cross')] },
      ],
    },
  },
  attachMenu: { fact: '2 Attach: menu with file inputs', '2026b': { tag: 'ul', class: '_menu', attrs: { role: 'menu' } } },
  attachItem: { fact: 'ours', '2026b': { tag: 'li', attrs: { role: 'menuitem', tabindex: '0' }, inside: [{ tag: 'span', text: '{text}' }, 'slot'] } },
  documentInput: {
    fact: '2 Attach: input accept=* is document',
    '2026b': { tag: 'input', attrs: { type: 'file', accept: '*', multiple: '', hidden: '' } },
  },
  mediaInput: {
    fact: '2 Attach: input for media',
    '2026b': { tag: 'input', attrs: { type: 'file', accept: 'image/*,video/mp4,video/3gpp,video/quicktime', multiple: '', hidden: '' } },
  },
  stickerInput: {
    fact: '2 Attach: image/webp only is a sticker',
    '2026b': { tag: 'input', attrs: { type: 'file', accept: 'image/webp', hidden: '' } },
  },
  preview: { fact: 'ours', '2026b': { tag: 'div', class: '_previewMedia' } },
  previewName: { fact: 'ours', '2026b': { tag: 'div', class: '_previewName', attrs: { dir: 'auto' }, text: '{name}' } },
  previewClose: {
    fact: 'ours',
    '2026b': { tag: 'button', class: '_close', attrs: { type: 'button', 'aria-label': '{label}' }, inside: [icon('x-alt', 'cross')] },
  },
  captionBox: {
    fact: '2 Media preview: media-caption-input-container',
    '2026b': { tag: 'div', class: '_footer', attrs: { 'data-testid': 'media-caption-input-container' } },
  },
  caption: {
    fact: '2 Media preview: contenteditable data-tab=10/11 not in footer',
    '2026b': {
      tag: 'div',
      class: '_composer',
      attrs: {
        contenteditable: 'true',
        role: 'textbox',
        'aria-label': '{placeholder}',
        'aria-placeholder': '{placeholder}',
        'data-tab': '10',
        'data-lexical-editor': 'true',
      },
    },
  },
  mediaSend: {
    fact: '2 Media preview: send = wds-ic-send-filled outside footer',
    '2026b': {
      tag: 'div',
      class: '_icon _send',
      attrs: { role: 'button', tabindex: '0', 'aria-label': '{label}' },
      inside: [icon('wds-ic-send-filled', 'send', { 'data-testid': 'wds-ic-send-filled' })],
    },
    '2024': { tag: 'div', class: '_icon _send', attrs: { role: 'button', tabindex: '0', 'aria-label': '{label}' }, inside: [icon('send', 'send')] },
  },
} satisfies Record<string, Row>;
