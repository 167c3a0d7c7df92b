import type { Spec } from '#lab/messenger/page/nodes.ts';
import type { Row } from './dom-table.ts';

/** The page moves between its screens in slides: around whatever stands there is one that is active. */
const shell = (inner: Spec): Spec => ({
  tag: 'div',
  class: 'Transition _shell',
  inside: [{ tag: 'div', class: 'Transition_slide Transition_slide-active _shell', inside: [inner] }],
});

/** Facts 1, LIST to COMPOSER: everything after the log-in. Rows of BUILD were seen in a production build of 12.0.32 (2026-11). */
export const chatNodes = {
  main: {
    fact: '1 BUILD everything stands in a slide of a Transition',
    a: shell({ tag: 'div', class: '_main', attrs: { id: 'Main' }, inside: ['slot'] }),
  },
  left: { fact: 'ours', a: { tag: 'div', class: '_left', attrs: { id: 'LeftColumn' } } },
  middle: { fact: 'ours', a: { tag: 'div', class: '_middle', attrs: { id: 'MiddleColumn' } } },
  search: {
    fact: '1 SEARCH #telegram-search-input',
    a: {
      tag: 'div',
      class: 'SearchInput',
      inside: [
        { tag: 'input', class: 'form-control', attrs: { id: 'telegram-search-input', type: 'text', autocomplete: 'off', placeholder: '{text}' } },
      ],
    },
  },
  connection: {
    fact: '1 BUILD a wheel in the search field while no chat is open and the page is not in step',
    a: { tag: 'div', class: 'Loading', inside: [{ tag: 'div', class: 'Spinner' }] },
  },
  list: { fact: '1 LIST .chat-list', a: { tag: 'div', class: 'chat-list custom-scroll' } },
  listLoading: { fact: '1 LIST before: .chat-list .Loading', a: { tag: 'div', class: 'Loading' } },
  archive: {
    fact: '1 BUILD the archive is an item without a link and without a peer',
    a: {
      tag: 'div',
      class: 'ListItem chat-item-clickable chat-item-archive',
      inside: [{ tag: 'div', class: 'ListItem-button', attrs: { role: 'button', tabindex: '0' }, text: '{text}' }],
    },
  },
  item: {
    fact: '1 LIST .ListItem.chat-item-clickable with a.ListItem-button[href="#<peerId>"], order by style.top',
    a: {
      tag: 'div',
      class: 'ListItem Chat chat-item-clickable {kind} {selected}',
      inside: [{ tag: 'a', class: 'ListItem-button', attrs: { href: '#{id}', role: 'button', tabindex: '0' }, inside: ['slot'] }],
    },
  },
  avatar: { fact: '1 LIST .Avatar[data-peer-id]', a: { tag: 'div', class: 'Avatar', attrs: { 'data-peer-id': '{id}' }, text: '{letters}' } },
  itemInfo: { fact: 'ours', a: { tag: 'div', class: 'info' } },
  itemRow: { fact: 'ours', a: { tag: 'div', class: 'info-row' } },
  name: { fact: '1 LIST h3.fullName', a: { tag: 'h3', class: 'fullName', text: '{text}' } },
  itemTime: {
    fact: '1 LIST .LastMessageMeta .time',
    a: { tag: 'div', class: 'LastMessageMeta', inside: [{ tag: 'span', class: 'time', text: '{text}' }] },
  },
  preview: {
    fact: '1 LIST .last-message-summary',
    a: { tag: 'p', class: 'last-message', inside: [{ tag: 'span', class: 'last-message-summary', text: '{text}' }] },
  },
  badge: {
    fact: '1 LIST unread = text of .chat-badge-transition; the inner class is of a css module',
    a: {
      tag: 'div',
      class: 'chat-badge-transition shown open',
      inside: [{ tag: 'div', class: '_unread', inside: [{ tag: 'span', class: '_counter', text: '{count}' }] }],
    },
  },
  results: { fact: 'ours', a: { tag: 'div', class: 'LeftSearch custom-scroll _results' } },
  result: {
    fact: '1 SEARCH .search-result, .ListItem-button is a div role=button without href',
    a: {
      tag: 'div',
      class: 'ListItem search-result',
      inside: [{ tag: 'div', class: 'ListItem-button', attrs: { role: 'button', tabindex: '0' }, inside: ['slot'] }],
    },
  },
  handle: { fact: '1 SEARCH a global hit shows .handle', a: { tag: 'span', class: 'handle', text: '@{text}' } },

  header: {
    fact: '1 OPEN header .MiddleHeader',
    a: { tag: 'div', class: 'MiddleHeader', inside: [shell({ tag: 'div', class: 'ChatInfo', inside: ['slot'] })] },
  },
  headerStatus: { fact: '1 COMPOSER online/typing text under the name', a: { tag: 'span', class: 'status', text: '{text}' } },
  messages: {
    fact: '1 MESSAGES .MessageList',
    a: {
      tag: 'div',
      class: 'Transition MessageList custom-scroll {avatars} {closed} with-default-bg',
      inside: [
        { tag: 'div', class: 'Transition_slide Transition_slide-active', inside: [{ tag: 'div', class: 'messages-container', inside: ['slot'] }] },
      ],
    },
  },
  // From the client's source (MessageList.tsx): a spinner until the first page has come.
  messagesLoading: { fact: 'ours', a: { tag: 'div', class: 'Loading' } },
  noMessages: { fact: 'ours', a: { tag: 'div', class: 'NoMessages', text: '{text}' } },
  day: {
    fact: '1 MESSAGES .message-date-group .sticky-date',
    a: { tag: 'div', class: 'message-date-group', inside: [{ tag: 'div', class: 'sticky-date', inside: [{ tag: 'span', text: '{text}' }] }, 'slot'] },
  },
  message: {
    fact: '1 MESSAGES .Message id message-<id>, data-message-id; outgoing = own; newest .last-in-list',
    a: {
      tag: 'div',
      class: 'Message message-list-item {own} {last} {views} shown open',
      attrs: { id: 'message-{htmlId}', 'data-message-id': '{id}' },
      inside: [{ tag: 'div', class: 'message-content-wrapper', inside: [{ tag: 'div', class: 'message-content text', inside: ['slot'] }] }],
    },
  },
  text: { fact: '1 MESSAGES .text-content; newlines are <br>', a: { tag: 'div', class: 'text-content clearfix with-meta', attrs: { dir: 'auto' } } },
  animatedEmoji: {
    fact: '1 BUILD a single emoji is a moving picture without its text',
    a: { tag: 'div', class: 'AnimatedEmoji media-inner', inside: [{ tag: 'canvas', attrs: { width: '64', height: '64' } }] },
  },
  meta: {
    fact: '1 MESSAGES .MessageMeta in the text, .message-time = HH:MM',
    a: { tag: 'span', class: 'MessageMeta', attrs: { dir: 'ltr' }, inside: [{ tag: 'span', class: 'message-time', text: '{time}' }, 'slot'] },
  },
  status: {
    fact: '1 MESSAGES .MessageOutgoingStatus inside .Transition',
    a: { tag: 'div', class: 'MessageOutgoingStatus', inside: [{ tag: 'div', class: 'Transition reveal', inside: ['slot'] }] },
  },
  statusSlide: { fact: '1 MESSAGES .Transition_slide-…', a: { tag: 'div', class: 'Transition_slide Transition_slide-{place}' } },
  statusIcon: { fact: '1 MESSAGES i.icon-message-{status}', a: { tag: 'i', class: 'icon icon-message-{status}', text: '{sign}' } },
  statusFailed: {
    fact: '1 FAILURE .MessageOutgoingStatus--failed (red "!")',
    a: { tag: 'div', class: 'MessageOutgoingStatus--failed', inside: [{ tag: 'i', class: 'icon icon-message-failed', text: '!' }] },
  },
  composer: { fact: '1 COMPOSER .Composer', a: { tag: 'div', class: 'Composer shown mounted' } },
  composerBox: { fact: 'ours', a: { tag: 'div', class: 'message-input-wrapper' } },
  attach: {
    fact: '1 COMPOSER #attach-menu-button',
    a: { tag: 'button', class: 'Button _round', attrs: { id: 'attach-menu-button', type: 'button' }, text: '📎' },
  },
  editor: {
    fact: '1 COMPOSER #editable-message-text, contenteditable, role=textbox, aria-label Message',
    a: {
      tag: 'div',
      class: 'form-control custom-scroll',
      attrs: { id: 'editable-message-text', contenteditable: 'true', role: 'textbox', dir: 'auto', tabindex: '0', 'aria-label': 'Message' },
    },
  },
  clone: {
    fact: '1 COMPOSER there is also a .clone',
    a: {
      tag: 'div',
      class: 'form-control custom-scroll clone',
      attrs: { dir: 'auto' },
    },
  },
  channelBell: {
    fact: '1 BUILD who may post in a channel has a switch for its bell in the composer',
    a: {
      tag: 'div',
      class: 'composer-action-buttons-container',
      inside: [
        {
          tag: 'button',
          class: 'Button composer-action-button _round',
          attrs: { type: 'button' },
          inside: [{ tag: 'i', class: 'icon icon-unmute', text: '🔔' }],
        },
      ],
    },
  },
  mainButton: {
    fact: '1 COMPOSER button.main-button, class record when empty and send when there is text',
    a: { tag: 'button', class: 'Button main-button {what} _round', attrs: { type: 'button', 'aria-label': '{label}' }, text: '{sign}' },
  },
} satisfies Record<string, Row>;
