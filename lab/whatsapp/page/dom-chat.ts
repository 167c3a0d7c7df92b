import { icon } from './dom-icons.ts';
import type { Row } from './dom-table.ts';

/** Facts 2 and 2.4, the open conversation. */
export const chatNodes = {
  main: {
    fact: '2 Conversation root: #main',
    '2026b': { tag: 'div', class: '_main', attrs: { id: 'main', 'data-testid': 'conversation-panel-wrapper' } },
  },
  header: {
    fact: '2 Header / title: conversation-header',
    '2026b': { tag: 'header', class: '_header', attrs: { 'data-testid': 'conversation-header' } },
  },
  headerInfo: {
    fact: '2 Header: clicking it opens the info drawer',
    '2026b': { tag: 'div', class: '_headerInfo', attrs: { role: 'button', tabindex: '0' } },
  },
  headerTitle: {
    fact: '2 Header / title: conversation-info-header-chat-title, span[title]',
    '2026b': {
      tag: 'span',
      attrs: { dir: 'auto', title: '{title}', 'data-testid': 'conversation-info-header-chat-title' },
      text: '{title}',
    },
  },
  headerTexts: { fact: 'ours', '2026b': { tag: 'div', class: '_headerTexts' } },
  participants: {
    fact: '2 Group detection: participants line, header [title] with commas',
    '2026b': { tag: 'span', class: '_participants', attrs: { dir: 'auto', title: '{names}' }, text: '{names}' },
  },
  groupIcon: { fact: '2 Group detection: default-group-refreshed', '2026b': icon('default-group-refreshed', 'group') },
  body: {
    fact: '2 Message list: conversation-panel-body',
    '2026b': { tag: 'div', class: '_body', attrs: { 'data-testid': 'conversation-panel-body' } },
  },
  messages: {
    fact: '2 Message list: scroll container, flex column, role=application',
    '2026b': { tag: 'div', class: '_messages', attrs: { 'data-testid': 'conversation-panel-messages', role: 'application', tabindex: '0' } },
  },
  loadingOlder: {
    fact: 'ours',
    '2026b': { tag: 'div', class: '_older', inside: [{ tag: 'div', class: '_spinner', attrs: { role: 'progressbar' } }] },
  },
  message: {
    fact: '2 Message: data-id = bare id, data-testid conv-msg-<id>, tabindex -1, no message-in/out (facts 0.1, 0.2)',
    '2026b': { tag: 'div', class: '_message {side}', attrs: { tabindex: '-1', 'data-id': '{id}', 'data-testid': 'conv-msg-{id}' } },
    '2025': { tag: 'div', class: '_message {side} {oldSide}', attrs: { tabindex: '-1', 'data-id': '{lidId}' } },
    '2024': { tag: 'div', class: '_message {side} {oldSide}', attrs: { tabindex: '-1', 'data-id': '{phoneId}' } },
  },
  placeholder: {
    fact: '2 Message list: placeholders data-virtualized with an empty div',
    '2026b': { tag: 'div', attrs: { 'data-virtualized': 'true', style: 'height:{height}px' }, inside: [{ tag: 'div' }] },
  },
  bubble: {
    fact: '2 Message: msg-container is nested in it',
    '2026b': { tag: 'div', class: '_bubble', attrs: { 'data-testid': 'msg-container' } },
  },
  tail: {
    fact: '2.4 Direction: tail-out / tail-in on the first of a run',
    '2026b': { tag: 'span', class: '_tail', attrs: { 'aria-hidden': 'true', 'data-testid': '{tail}', 'data-icon': '{tail}' } },
  },
  speaker: { fact: '2 Author name: span[aria-label$=":"], "You:" for ours', '2026b': { tag: 'span', attrs: { 'aria-label': '{label}' } } },
  textBlock: {
    fact: '2 Time + author: data-pre-plain-text, only on text messages',
    '2026b': { tag: 'div', class: 'copyable-text', attrs: { 'data-pre-plain-text': '{stamp}' } },
  },
  quoted: {
    fact: '2 Text: minus quoted-message',
    '2026b': {
      tag: 'div',
      class: '_quoted',
      attrs: { 'data-testid': 'quoted-message', role: 'button' },
      inside: [
        { tag: 'span', class: '_quotedAuthor', attrs: { 'data-testid': 'author', dir: 'auto' }, text: '{author}' },
        { tag: 'span', class: 'quoted-mention', attrs: { dir: 'auto' }, text: '{text}' },
      ],
    },
  },
  text: {
    fact: '2 Text: selectable-text within copyable-text',
    '2026b': {
      tag: 'span',
      class: 'selectable-text copyable-text',
      attrs: { 'data-testid': 'selectable-text', dir: '{dir}' },
      inside: [{ tag: 'span', inside: ['slot'] }],
    },
  },
  emoji: {
    fact: '2 Text: emojis are img with alt',
    '2026b': { tag: 'img', class: '_emoji', attrs: { alt: '{emoji}', 'data-plain-text': '{emoji}', src: '{src}', draggable: 'false' } },
  },
  readMore: {
    fact: '2 Text: "Read more" truncates long texts',
    '2026b': { tag: 'div', class: '_readMore', attrs: { role: 'button', tabindex: '0' }, text: '{text}' },
  },
  author: {
    fact: '2 Author name: author, aria-label',
    '2026b': { tag: 'span', class: '_author', attrs: { 'data-testid': 'author', dir: 'auto', 'aria-label': '{author}' }, text: '{author}' },
  },
  recalled: { fact: 'ours', '2026b': { tag: 'div', class: '_recalled', text: '{text}' } },
  meta: {
    fact: '2 Time + author: msg-meta span = HH:MM on all messages',
    '2026b': {
      tag: 'div',
      class: '_meta',
      attrs: { 'data-testid': 'msg-meta', role: 'button' },
      inside: [{ tag: 'span', attrs: { dir: 'auto' }, text: '{time}' }, 'slot'],
    },
  },
  tick: {
    fact: '0.4 and 2 Ticks in bubble: padded aria-label, svg title wds-ic-*, grey or blue by colour only',
    '2026b': {
      tag: 'span',
      class: '_tick {tone}',
      attrs: { 'aria-label': '{label}' },
      inside: [{ tag: 'svg', attrs: { viewBox: '0 0 18 12', width: '18', height: '12' }, inside: [{ tag: 'title', text: '{icon}' }, 'slot'] }],
    },
    '2026a': { tag: 'span', class: '_tick {tone}', attrs: { 'aria-hidden': 'false', 'aria-label': '{label}', 'data-icon': '{oldIcon}' } },
  },
  tickPath: {
    fact: 'ours',
    '2026b': { tag: 'path', attrs: { d: '{path}', fill: 'none', stroke: 'currentColor', 'stroke-width': '1.6', 'stroke-linecap': 'round' } },
  },
  composeBox: { fact: '2 Composer: footer = compose-box', '2026b': { tag: 'footer', class: '_footer', attrs: { 'data-testid': 'compose-box' } } },
  attach: {
    fact: '2 Attach: icon plus-rounded',
    '2026b': {
      tag: 'button',
      class: '_icon',
      attrs: { type: 'button', 'aria-label': '{label}' },
      inside: [icon('plus-rounded', 'plus')],
    },
    '2024': {
      tag: 'div',
      class: '_icon',
      attrs: { role: 'button', 'aria-label': '{label}', title: '{label}' },
      inside: [icon('clip', 'plus')],
    },
  },
  composer: {
    fact: '0.6 and 2 Composer: Lexical, contenteditable, data-tab=10, label names the chat',
    '2026b': {
      tag: 'div',
      class: '_composer',
      attrs: {
        contenteditable: 'true',
        role: 'textbox',
        spellcheck: 'true',
        'aria-label': '{label}',
        'aria-placeholder': '{placeholder}',
        'data-tab': '10',
        'data-lexical-editor': 'true',
        'data-testid': 'conversation-compose-box-input',
      },
    },
    '2025': {
      tag: 'div',
      class: '_composer',
      attrs: { contenteditable: 'true', role: 'textbox', 'aria-placeholder': '{placeholder}', 'data-tab': '10', 'data-lexical-editor': 'true' },
    },
    '2024': {
      tag: 'div',
      class: '_composer',
      attrs: {
        contenteditable: 'true',
        role: 'textbox',
        title: '{placeholder}',
        'aria-label': '{placeholder}',
        'data-tab': '10',
        'data-lexical-editor': 'true',
      },
    },
  },
  send: {
    fact: '2 Send: compose-btn-send, data-tab 11, icon wds-ic-send-filled',
    '2026b': {
      tag: 'button',
      class: '_icon _send',
      attrs: { type: 'button', 'aria-label': '{label}', 'data-tab': '11', 'data-testid': 'compose-btn-send' },
      inside: [icon('wds-ic-send-filled', 'send', { 'data-testid': 'wds-ic-send-filled' })],
    },
    '2024': {
      tag: 'button',
      class: '_icon _send',
      attrs: { 'aria-label': '{label}', 'data-tab': '11' },
      inside: [icon('send', 'send')],
    },
  },
  mic: {
    fact: '2 Send: the same slot is the microphone when the composer is empty',
    '2026b': {
      tag: 'button',
      class: '_icon',
      attrs: { type: 'button', 'aria-label': '{label}', 'data-tab': '11' },
      inside: [icon('mic-outlined', 'mic')],
    },
  },
  timelock: {
    fact: '0.7 and 1.1 Account restricted: block-message > reachout-timelock-compose-bar in place of the composer',
    '2026b': {
      tag: 'div',
      class: '_blocked',
      attrs: { 'data-testid': 'block-message' },
      inside: [{ tag: 'div', attrs: { 'data-testid': 'reachout-timelock-compose-bar' }, text: '{text}' }],
    },
  },
  drawer: {
    fact: '2 Header: info in drawer-right (what stood there while test ids were stripped is not told: the labelled section is ours)',
    '2026b': {
      tag: 'div',
      class: '_drawer',
      attrs: { 'data-testid': 'drawer-right' },
      inside: [{ tag: 'section', class: '_drawerBody', attrs: { 'aria-label': '{label}' }, inside: ['slot'] }],
    },
  },
  drawerClose: { fact: 'ours', '2026b': { tag: 'button', class: '_close', attrs: { type: 'button', 'aria-label': '{label}' }, text: '×' } },
  drawerName: { fact: 'ours', '2026b': { tag: 'h2', attrs: { dir: 'auto' }, text: '{text}' } },
  drawerPhone: {
    fact: '2 Header: the phone is the first +?\\d[\\d\\s-]{7,}\\d in the drawer',
    '2026b': { tag: 'span', attrs: { dir: 'auto' }, text: '{text}' },
  },
} satisfies Record<string, Row>;
