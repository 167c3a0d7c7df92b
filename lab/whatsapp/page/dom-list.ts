import { icon } from './dom-icons.ts';
import type { Row } from './dom-table.ts';

/** Facts 2, the left side: banners, search, chat list. */
export const listNodes = {
  mainScreen: {
    fact: '1.1 Logged in: wa-web-main-screen',
    '2026b': { tag: 'div', class: '_mainScreen', attrs: { 'data-testid': 'wa-web-main-screen' } },
  },
  side: { fact: '2 App root / left: #side', '2026b': { tag: 'div', class: '_side', attrs: { id: 'side' } } },
  listHeader: {
    fact: '2 App root / left: chatlist-header',
    '2026b': { tag: 'header', class: '_listHeader', attrs: { 'data-testid': 'chatlist-header' } },
  },
  listHeading: { fact: 'ours', '2026b': { tag: 'h1', text: '{text}' } },
  newChat: {
    fact: '2 New chat',
    '2026b': {
      tag: 'button',
      class: '_icon',
      attrs: { type: 'button', 'aria-label': '{label}', 'data-testid': 'new-chat-btn' },
      inside: [icon('new-chat-outline', 'chat')],
    },
  },
  menu: {
    fact: 'ours',
    '2026b': { tag: 'button', class: '_icon', attrs: { type: 'button', 'aria-label': '{label}' }, inside: [icon('power-refreshed', 'power')] },
  },
  butterbar: {
    fact: '1.1 Offline banners: chat-butterbar, empty means no height',
    '2026b': { tag: 'div', class: '_butterbar', attrs: { 'data-testid': 'chat-butterbar' } },
  },
  butterbarNotice: {
    fact: '1.1 Offline banners: data-icon alert-phone / alert-computer, text',
    '2026b': {
      tag: 'div',
      class: '_notice',
      inside: [icon('{icon}', 'alert'), { tag: 'span', text: '{text}' }],
    },
  },
  searchBox: {
    fact: '2 Search: container',
    '2026b': { tag: 'div', class: '_searchBox', attrs: { 'data-testid': 'chat-list-search-container' } },
  },
  searchInput: {
    fact: '2 Search: input role=textbox data-tab=3 (facts 0.5)',
    '2026b': {
      tag: 'input',
      attrs: { type: 'text', role: 'textbox', 'data-tab': '3', 'aria-label': '{label}', placeholder: '{label}', autocomplete: 'off', value: '' },
    },
    '2025': { tag: 'div', attrs: { contenteditable: 'true', role: 'textbox', 'data-tab': '3', 'aria-label': '{label}', title: '{label}' } },
  },
  searchClear: {
    fact: '2 Search: clear through the container button',
    '2026b': { tag: 'button', class: '_searchClear', attrs: { type: 'button', 'aria-label': '{label}' }, text: '×' },
  },
  pane: { fact: '1.1 Logged in: #pane-side', '2026b': { tag: 'div', class: '_pane', attrs: { id: 'pane-side' } } },
  grid: {
    fact: '2 Chat grid: role=grid, aria-rowcount = all chats, virtualized',
    '2026b': { tag: 'div', class: '_grid', attrs: { role: 'grid', 'aria-label': '{label}', 'aria-rowcount': '{count}', 'data-testid': 'chat-list' } },
  },
  row: {
    fact: '2 Chat row: role=row with a cell frame inside',
    '2026b': {
      tag: 'div',
      class: '_row',
      attrs: { role: 'row', 'data-testid': 'list-item-{index}' },
      inside: [
        {
          tag: 'div',
          class: '_cell {open}',
          attrs: { role: 'gridcell', tabindex: '-1' },
          inside: [{ tag: 'div', class: '_cellFrame', attrs: { 'data-testid': 'cell-frame-container' }, inside: ['slot'] }],
        },
      ],
    },
    '2025': {
      tag: 'div',
      class: '_row',
      attrs: { role: 'listitem' },
      inside: [{ tag: 'div', class: '_cellFrame', attrs: { role: 'gridcell' }, inside: ['slot'] }],
    },
  },
  sectionRow: {
    fact: '2 Chat row: section headers are role=row too, without a cell frame',
    '2026b': { tag: 'div', class: '_row _section', attrs: { role: 'row' }, inside: [{ tag: 'div', attrs: { role: 'gridcell' }, text: '{text}' }] },
    '2025': { tag: 'div', class: '_row _section', inside: [{ tag: 'div', text: '{text}' }] },
  },
  avatar: { fact: 'ours', '2026b': { tag: 'div', class: '_avatar', attrs: { 'aria-hidden': 'true', style: '--hue:{hue}' }, text: '{letters}' } },
  rowLines: { fact: 'ours', '2026b': { tag: 'div', class: '_lines' } },
  rowFirst: { fact: 'ours', '2026b': { tag: 'div', class: '_line' } },
  rowTitle: {
    fact: '2 Row title: span[title] with the full text and direction marks; unread prefix in the accessible text',
    '2026b': {
      tag: 'div',
      class: '_rowTitle',
      attrs: { 'data-testid': 'cell-frame-title' },
      inside: [
        { tag: 'span', class: '_unseen', text: '{prefix}' },
        { tag: 'span', attrs: { dir: 'auto', title: '{title}' }, text: '{title}' },
      ],
    },
    '2025': { tag: 'div', class: '_rowTitle', inside: [{ tag: 'span', attrs: { dir: 'auto', title: '{title}' }, text: '{title}' }] },
  },
  rowTime: {
    fact: '2 Row time: cell-frame-primary-detail',
    '2026b': { tag: 'div', class: '_rowTime', attrs: { 'data-testid': 'cell-frame-primary-detail' }, text: '{text}' },
  },
  rowPreview: {
    fact: '2 Row preview: last-msg-status, title = full preview, often empty',
    '2026b': {
      tag: 'div',
      class: '_preview',
      attrs: { 'data-testid': 'cell-frame-secondary' },
      inside: [{ tag: 'span', attrs: { 'data-testid': 'last-msg-status', title: '{title}' }, inside: ['slot'] }],
    },
  },
  rowStatus: {
    fact: '2 Row status icon: svg title wds-ic-*, only when the last message is ours',
    '2026b': {
      tag: 'span',
      class: '_tick {tone}',
      attrs: { 'aria-label': '{label}' },
      inside: [{ tag: 'svg', attrs: { viewBox: '0 0 18 12', width: '18', height: '12' }, inside: [{ tag: 'title', text: '{icon}' }, 'slot'] }],
    },
    '2026a': { tag: 'span', class: '_tick {tone}', attrs: { 'data-icon': '{icon}', 'aria-label': '{label}' } },
    '2025': { tag: 'span', class: '_tick {tone}', attrs: { 'data-icon': '{oldRowIcon}', 'aria-label': '{label}' } },
  },
  rowPreviewText: { fact: '2 Row preview', '2026b': { tag: 'span', class: '_previewText', attrs: { dir: 'auto' }, text: '{text}' } },
  rowDraft: { fact: 'ours', '2026b': { tag: 'span', class: '_draftMark', text: '{text}' } },
  rowSide: { fact: 'ours', '2026b': { tag: 'span', class: '_rowSide' } },
  unread: {
    fact: '2 Unread badge: icon-unread-count, aria-label "N unread messages"',
    '2026b': { tag: 'span', class: '_badge', attrs: { 'data-testid': 'icon-unread-count', 'aria-label': '{label}' }, text: '{count}' },
  },
  muted: {
    fact: '2 Row muted: mute-notifications-refreshed',
    '2026b': icon('mute-notifications-refreshed', 'bell', { 'data-testid': 'mute-notifications-refreshed' }),
    '2025': { tag: 'span', attrs: { 'data-icon': 'muted' } },
  },
  selfMark: { fact: '2 Row self: message-yourself-row', '2026b': { tag: 'span', attrs: { 'data-testid': 'message-yourself-row' }, text: '{text}' } },
  intro: { fact: 'ours', '2026b': { tag: 'div', class: '_intro' } },
} satisfies Record<string, Row>;
