import { icon } from './dom-icons.ts';
import type { Row } from './dom-table.ts';

/** Facts 1.1, screens and anchors before and around the log-in. */
export const linkNodes = {
  splash: {
    fact: '1.1 Splash before app',
    '2026b': {
      tag: 'div',
      class: '_splash',
      attrs: { id: 'wa_web_initial_startup' },
      inside: [{ tag: 'div', attrs: { 'data-testid': 'startup-progress' }, inside: [{ tag: 'progress' }] }],
    },
  },
  loading: {
    fact: '1.1 Loading / downloading chats',
    '2026b': { tag: 'div', class: '_loading', attrs: { 'data-testid': 'wa-web-loading-screen' } },
  },
  loadingBar: { fact: '1.1 Loading: #app progress, value 0-100', '2026b': { tag: 'progress', attrs: { value: '{value}', max: '100' } } },
  loadingText: { fact: '1.1 Loading: text fallback', '2026b': { tag: 'div', text: '{text}' } },
  linkScreen: { fact: '1.1 Link screen mounted', '2026b': { tag: 'div', class: '_linkScreen' } },
  linkCard: { fact: 'ours', '2026b': { tag: 'div', class: '_linkCard' } },
  linkTitle: { fact: 'ours', '2026b': { tag: 'h1', text: '{text}' } },
  linkSteps: { fact: 'ours', '2026b': { tag: 'ol', class: '_steps' } },
  linkStep: { fact: 'ours', '2026b': { tag: 'li', text: '{text}' } },
  linkHelp: {
    fact: '1.1 Link screen, QR not yet there: link-device-qrcode-alt-linking-help',
    '2026b': { tag: 'div', class: '_hint', attrs: { 'data-testid': 'link-device-qrcode-alt-linking-help' }, text: '{text}' },
  },
  phoneHint: {
    fact: '1.1 Pairing by phone: entry (button)',
    '2026b': { tag: 'button', class: '_link', attrs: { type: 'button', 'data-testid': 'link-device-qrcode-alt-linking-hint' }, text: '{text}' },
  },
  qrWaiting: { fact: '1.1 Link screen, QR not yet there: no canvas', '2026b': { tag: 'div', class: '_qrWaiting' } },
  qr: {
    fact: '1.1 QR shown: link-device-qr-code with data-ref, canvas inside',
    '2026b': { tag: 'div', class: '_qr', attrs: { 'data-testid': 'link-device-qr-code', 'data-ref': '{ref}' } },
  },
  qrCanvas: {
    fact: '1.1 QR shown: canvas, fixed English label',
    '2026b': { tag: 'canvas', attrs: { 'aria-label': 'Scan this QR code to link a device!', role: 'img' } },
  },
  qrExpired: {
    fact: '1.1 QR expired: a button inside the data-ref node',
    '2026b': { tag: 'div', class: '_qrOverlay', inside: [{ tag: 'button', attrs: { type: 'button' }, text: '{text}' }] },
    '2024': { tag: 'span', class: '_qrOverlay', inside: [{ tag: 'button', text: '{text}' }] },
  },
  qrOffline: {
    fact: '1.1 QR offline: same place, another button',
    '2026b': {
      tag: 'div',
      class: '_qrOverlay',
      inside: [{ tag: 'button', attrs: { type: 'button' }, inside: [icon('alert-computer', 'alert'), 'slot'] }],
    },
  },
  stayLoggedIn: { fact: '1.1 Stay logged in on this browser', '2026b': { tag: 'label', class: '_stay' } },
  stayBox: { fact: '1.1 Stay logged in: #auto-logout-toggle', '2026b': { tag: 'input', attrs: { type: 'checkbox', id: 'auto-logout-toggle' } } },
  phoneEntry: { fact: '1.1 Pairing by phone: entry', '2026b': { tag: 'form', class: '_phoneEntry' } },
  phoneInput: {
    fact: '1.1 Pairing by phone: input, by its label (its test id is older than all four)',
    '2026b': { tag: 'input', attrs: { type: 'text', inputmode: 'tel', autocomplete: 'off', 'aria-label': '{label}' } },
    '2025': { tag: 'input', attrs: { type: 'text', 'aria-label': '{label}' } },
  },
  phoneNext: {
    fact: '1.1 Pairing by phone: next',
    '2026b': {
      tag: 'button',
      class: '_primary',
      attrs: { type: 'submit', 'data-testid': 'link-device-phone-number-entry-next-button' },
      text: '{text}',
    },
  },
  codeView: {
    fact: '1.1 Pairing code shown',
    '2026b': { tag: 'div', class: '_codeView', attrs: { 'data-testid': 'link-device-phone-number-code-view' } },
  },
  codeCells: {
    fact: '1.1 Pairing code shown: data-link-code, comma separated',
    '2026b': {
      tag: 'div',
      class: '_codeCells',
      attrs: { 'aria-details': 'link-device-phone-number-code-screen-instructions', 'data-link-code': '{code}' },
      inside: [{ tag: 'div', class: '_cells', attrs: { 'data-testid': 'link-with-phone-number-code-cells' }, inside: ['slot'] }],
    },
  },
  codeCell: { fact: '1.1 Pairing code shown: cells', '2026b': { tag: 'span', text: '{text}' } },
  passkey: { fact: '1.1 Passkey step: no anchor found, only page copy', '2026b': { tag: 'div', class: '_linkCard' } },
  passkeyButton: { fact: 'ours', '2026b': { tag: 'button', class: '_primary', attrs: { type: 'button' }, text: '{text}' } },
  loggedOutBanner: {
    fact: '1.1 Logged out: QR screen with a banner',
    '2026b': { tag: 'div', class: '_loggedOut', attrs: { role: 'alert' }, text: '{text}' },
  },
  unsupported: {
    fact: '1.1 Unsupported browser: no #app content, .landing-*',
    '2026b': { tag: 'div', class: 'landing-wrapper _linkScreen', inside: [{ tag: 'div', class: 'landing-title _linkCard', text: '{text}' }] },
  },
  labNote: { fact: 'ours', '2026b': { tag: 'p', class: '_labNote', text: '{text}' } },
  dialogLayer: { fact: 'ours', '2026b': { tag: 'div', class: '_dialogLayer' } },
  dialog: {
    fact: '2 Popups',
    '2026b': {
      tag: 'div',
      class: '_dialog',
      attrs: { role: 'dialog', 'aria-modal': 'true', 'data-animate-modal-popup': 'true' },
      inside: [{ tag: 'div', attrs: { 'data-testid': 'popup-contents' }, inside: ['slot'] }],
    },
  },
  dialogTitle: { fact: '1.1 What’s new: h1', '2026b': { tag: 'h1', text: '{text}' } },
  dialogText: { fact: '2 Popups', '2026b': { tag: 'p', text: '{text}' } },
  dialogSpinner: { fact: 'ours', '2026b': { tag: 'div', class: '_spinner', attrs: { role: 'progressbar' } } },
  dialogControls: { fact: 'ours', '2026b': { tag: 'div', class: '_dialogControls' } },
  dialogOk: {
    fact: '2 Popups: popup-controls-ok',
    '2026b': { tag: 'button', class: '_primary', attrs: { type: 'button', 'data-testid': 'popup-controls-ok' }, text: '{text}' },
  },
  dialogCancel: {
    fact: '2 Popups: popup-controls-cancel (recalled, not measured)',
    '2026b': { tag: 'button', class: '_link', attrs: { type: 'button', 'data-testid': 'popup-controls-cancel' }, text: '{text}' },
  },
  newsContinue: { fact: '1.1 What’s new: Continue', '2026b': { tag: 'button', class: '_primary', attrs: { type: 'button' }, text: '{text}' } },
  newsClose: {
    fact: '1.1 What’s new: Close',
    '2026b': { tag: 'button', class: '_close', attrs: { type: 'button', 'aria-label': '{label}' }, text: '×' },
  },
} satisfies Record<string, Row>;
