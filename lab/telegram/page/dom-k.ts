import type { Spec } from '#lab/messenger/page/nodes.ts';
import type { NodeName } from './dom-table.ts';

/**
 * Web K where it differs from Web A, from facts 2: read in its source and in others' notes, nothing of it measured. Its log-in cards have
 * hashed classes throughout; what no note tells (codes, sign-up, conflicts, times) stands as in Web A.
 */
const card = (tag: string): Spec => ({ tag: 'div', class: '_card', inside: [{ tag, class: '_cardContent', inside: ['slot'] }] });
const button = (kind: string): Spec => ({ tag: 'button', class: `btn-primary ${kind} rp`, attrs: { type: 'button' }, text: '{text}' });
const field = (input: Spec): Spec => ({ tag: 'div', class: 'input-field', inside: [input, { tag: 'label', text: '{label}' }] });
const input = (attrs: Record<string, string>): Spec => ({ tag: 'input', class: 'input-field-input', attrs: { autocomplete: 'off', ...attrs } });

export const webK: Partial<Record<NodeName, { fact: string; spec: Spec }>> = {
  auth: { fact: 'ours', spec: { tag: 'div', class: '_auth', attrs: { id: 'auth-pages' } } },
  qrForm: { fact: '2 Login is now Solid "cards"', spec: card('div') },
  qrContainer: { fact: '2 QR: class names come from a CSS module', spec: { tag: 'div', class: '_qrContainer' } },
  qrLoading: { fact: 'ours', spec: { tag: 'div', class: 'preloader' } },
  toPhone: { fact: 'ours', spec: button('btn-secondary btn-primary-transparent primary') },
  passkey: { fact: 'ours', spec: button('btn-secondary btn-primary-transparent primary') },
  toQr: { fact: '2 Phone: QR link .btn-primary.btn-secondary', spec: button('btn-secondary btn-primary-transparent primary') },
  phoneForm: { fact: '2 Login is now Solid "cards"', spec: card('form') },
  country: { fact: 'ours', spec: field(input({ type: 'text', readonly: '', value: '{value}' })) },
  phoneField: { fact: '2 Phone: TelInputField (input-field)', spec: field(input({ inputmode: 'tel' })) },
  submit: {
    fact: '2 Phone: button .btn-primary.btn-color-primary is disabled until valid',
    spec: { tag: 'button', class: 'btn-primary btn-color-primary rp', attrs: { type: 'submit' }, text: '{text}' },
  },
  spinner: { fact: 'ours', spec: { tag: 'div', class: 'preloader' } },
  codeForm: {
    fact: 'ours',
    spec: {
      tag: 'div',
      class: '_card',
      inside: [
        { tag: 'h4', text: '{phone}', inside: [{ tag: 'span', class: 'phone-edit', attrs: { role: 'button' }, text: '✎' }] },
        { tag: 'div', inside: ['slot'] },
      ],
    },
  },
  codeField: { fact: 'ours', spec: field(input({ inputmode: 'numeric' })) },
  passwordForm: { fact: '2 Login is now Solid "cards"', spec: card('form') },
  passwordField: { fact: '2 Password: input name=password', spec: field(input({ type: 'password', name: 'password' })) },
  search: {
    fact: '2 search input.input-search-input',
    spec: {
      tag: 'div',
      class: 'input-search',
      inside: [{ tag: 'input', class: 'input-field-input input-search-input', attrs: { autocomplete: 'off', placeholder: '{text}' } }],
    },
  },
  connection: { fact: 'ours', spec: { tag: 'div', class: 'connection-status _connection', text: '{text}' } },
  list: { fact: '2 list', spec: { tag: 'ul', class: 'chatlist _list' } },
  listLoading: { fact: 'ours', spec: { tag: 'div', class: 'preloader' } },
  item: {
    fact: '2 list a.chatlist-chat[data-peer-id] href #<peerId>',
    spec: { tag: 'a', class: 'row chatlist-chat _item {selected}', attrs: { href: '#{id}', 'data-peer-id': '{id}' } },
  },
  avatar: { fact: 'ours', spec: { tag: 'div', class: 'avatar _avatar', text: '{letters}' } },
  name: {
    fact: '2 .peer-title[data-peer-id]',
    spec: { tag: 'span', class: 'peer-title', attrs: { dir: 'auto', 'data-peer-id': '{id}' }, text: '{text}' },
  },
  itemTime: { fact: 'ours', spec: { tag: 'span', class: 'message-time', text: '{text}' } },
  preview: { fact: 'ours', spec: { tag: 'p', class: 'dialog-subtitle', text: '{text}' } },
  badge: {
    fact: '2 unread .dialog-subtitle-badge-unread.is-visible',
    spec: { tag: 'div', class: 'dialog-subtitle-badge dialog-subtitle-badge-unread is-visible _unread', text: '{count}' },
  },
  result: { fact: 'ours', spec: { tag: 'a', class: 'row chatlist-chat search-result _result' } },
  header: {
    fact: '2 header .chat-info .peer-title',
    spec: { tag: 'div', class: 'sidebar-header topbar', inside: [{ tag: 'div', class: 'chat-info ChatInfo', inside: ['slot'] }] },
  },
  messages: {
    fact: '2 messages',
    spec: { tag: 'div', class: 'bubbles _bubbles', inside: [{ tag: 'div', class: 'bubbles-inner', inside: ['slot'] }] },
  },
  messagesLoading: { fact: 'ours', spec: { tag: 'div', class: 'preloader' } },
  noMessages: { fact: 'ours', spec: { tag: 'div', class: 'empty-bubble-placeholder', text: '{text}' } },
  day: { fact: 'ours', spec: { tag: 'section', class: 'bubbles-date-group', inside: [{ tag: 'div', class: 'is-date', text: '{text}' }, 'slot'] } },
  message: {
    fact: '2 messages .bubble.is-in/.is-out[data-mid][data-peer-id][data-timestamp]; [unconfirmed] is-sending, is-sent, is-read, is-error',
    spec: {
      tag: 'div',
      class: 'bubble {state} _bubble',
      attrs: { 'data-mid': '{id}', 'data-peer-id': '{peer}', 'data-timestamp': '{seconds}' },
      inside: [{ tag: 'div', class: 'bubble-content', inside: ['slot'] }],
    },
  },
  text: { fact: 'ours', spec: { tag: 'div', class: 'message', attrs: { dir: 'auto' } } },
  meta: { fact: 'ours', spec: { tag: 'span', class: 'time', inside: [{ tag: 'span', class: 'i18n', text: '{time}' }, 'slot'] } },
  status: { fact: 'ours', spec: { tag: 'span', class: 'sending-status' } },
  statusSlide: { fact: 'ours', spec: { tag: 'span', class: 'sending-status-{place}' } },
  statusIcon: {
    fact: '2 status .sending-status-icon-check(s)',
    spec: { tag: 'i', class: 'sending-status-icon sending-status-icon-{icon}', text: '{sign}' },
  },
  statusFailed: { fact: 'ours', spec: { tag: 'i', class: 'sending-status-icon sending-status-icon-error', text: '!' } },
  composer: { fact: 'ours', spec: { tag: 'div', class: 'chat-input _composer' } },
  attach: { fact: 'ours', spec: { tag: 'button', class: 'btn-icon attach-file _round', attrs: { type: 'button' }, text: '📎' } },
  editor: {
    fact: '2 composer .input-message-input[contenteditable=true] with data-peer-id',
    spec: { tag: 'div', class: 'input-message-input _editor', attrs: { contenteditable: 'true', dir: 'auto', 'data-peer-id': '{id}' } },
  },
  clone: {
    fact: '2 composer :not(.input-field-input-fake)',
    spec: { tag: 'div', class: 'input-message-input input-field-input-fake clone', attrs: { contenteditable: 'true', tabindex: '-1' } },
  },
  mainButton: {
    fact: '2 send button.btn-send',
    spec: { tag: 'button', class: 'btn-icon btn-send {what} _round', attrs: { type: 'button' }, text: '{sign}' },
  },
};
