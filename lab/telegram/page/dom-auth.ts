import type { Spec } from '#lab/messenger/page/nodes.ts';
import type { Row } from './dom-table.ts';

const button = (text = '{text}'): Spec => ({ tag: 'button', class: 'Button auth-button default primary text', attrs: { type: 'button' }, text });
const field = (input: Spec): Spec => ({ tag: 'div', class: 'input-group {touched}', inside: [input, { tag: 'label', text: '{label}' }] });

/** Facts 1, LOGIN: the screens before the chats. */
export const authNodes = {
  auth: { fact: 'ours', a: { tag: 'div', class: '_auth' } },
  qrForm: {
    fact: '1 LOGIN QR page: #auth-qr-form',
    a: { tag: 'div', attrs: { id: 'auth-qr-form' }, inside: [{ tag: 'div', class: 'auth-form qr', inside: ['slot'] }] },
  },
  qrContainer: { fact: '1 LOGIN QR page: .qr-container', a: { tag: 'div', class: 'qr-container' } },
  qrLoading: { fact: '1 LOGIN loading: .qr-loading', a: { tag: 'div', class: 'qr-loading', inside: [{ tag: 'div', class: 'Loading' }] } },
  qrSvg: {
    fact: '1 LOGIN QR = svg 280x280, class list only, no data attribute',
    a: { tag: 'svg', class: '_qrSvg', attrs: { width: '280', height: '280', viewBox: '0 0 {size} {size}', 'shape-rendering': 'crispEdges' } },
  },
  qrPath: { fact: '1 LOGIN QR svg', a: { tag: 'path', attrs: { d: '{path}', fill: '#000' } } },
  qrCanvas: {
    fact: '2 QR: a CANVAS appended into the sticker host',
    a: { tag: 'canvas', class: '_qrCanvas', attrs: { width: '280', height: '280' } },
  },
  qrPlane: {
    fact: '1 LOGIN .qr-plane canvas (logo) lies over the centre',
    a: { tag: 'canvas', class: 'qr-plane _qrPlane', attrs: { width: '46', height: '46' } },
  },
  title: { fact: 'ours', a: { tag: 'h1', text: '{text}' } },
  hint: { fact: 'ours', a: { tag: 'p', class: 'note', text: '{text}' } },
  toPhone: { fact: '1 LOGIN button.auth-button "Log in by phone number"', a: button() },
  passkey: { fact: '1 LOGIN same class is used for passkey buttons', a: button() },
  toQr: { fact: '1 LOGIN back to QR = .auth-button', a: button() },
  phoneForm: {
    fact: '1 LOGIN phone form #auth-phone-number-form',
    a: {
      tag: 'div',
      attrs: { id: 'auth-phone-number-form' },
      inside: [{ tag: 'form', class: 'auth-form', attrs: { novalidate: '' }, inside: ['slot'] }],
    },
  },
  country: {
    fact: '1 LOGIN #sign-in-phone-code (country dropdown)',
    a: field({
      tag: 'input',
      class: 'form-control',
      attrs: { id: 'sign-in-phone-code', type: 'text', autocomplete: 'off', readonly: '', value: '{value}' },
    }),
  },
  phoneField: {
    fact: '1 LOGIN #sign-in-phone-number (inputmode=tel)',
    a: field({
      tag: 'input',
      class: 'form-control',
      attrs: { id: 'sign-in-phone-number', inputmode: 'tel', autocomplete: 'off', 'aria-label': '{label}' },
    }),
  },
  keepSession: {
    fact: '1 LOGIN #sign-in-keep-session',
    a: {
      tag: 'label',
      class: 'Checkbox',
      inside: [
        { tag: 'input', attrs: { type: 'checkbox', id: 'sign-in-keep-session', checked: '' } },
        { tag: 'span', text: '{text}' },
      ],
    },
  },
  submit: {
    fact: '1 LOGIN submit button[type=submit]',
    a: { tag: 'button', class: 'Button auth-button default primary', attrs: { type: 'submit' }, text: '{text}' },
  },
  spinner: { fact: '1 LOGIN spinner .Loading', a: { tag: 'div', class: 'Loading' } },
  codeForm: {
    fact: '1 LOGIN code #auth-code-form, number in h1, .auth-number-edit goes back',
    a: {
      tag: 'div',
      attrs: { id: 'auth-code-form' },
      inside: [
        {
          tag: 'div',
          class: 'auth-form',
          inside: [
            {
              tag: 'h1',
              text: '{phone}',
              inside: [{ tag: 'div', class: 'auth-number-edit', attrs: { role: 'button', tabindex: '0', title: 'Wrong number?' }, text: '✎' }],
            },
            { tag: 'div', inside: ['slot'] },
          ],
        },
      ],
    },
  },
  codeField: {
    fact: '1 LOGIN #sign-in-code (5 digits)',
    a: field({
      tag: 'input',
      class: 'form-control',
      attrs: { id: 'sign-in-code', inputmode: 'numeric', autocomplete: 'off', 'aria-label': '{label}' },
    }),
  },
  passwordForm: {
    fact: '1 LOGIN 2FA #auth-password-form',
    a: { tag: 'div', attrs: { id: 'auth-password-form' }, inside: [{ tag: 'form', class: 'auth-form', inside: ['slot'] }] },
  },
  passwordField: {
    fact: '1 LOGIN #sign-in-password in .password-input',
    a: {
      tag: 'div',
      class: 'input-group password-input',
      inside: [
        {
          tag: 'input',
          class: 'form-control',
          attrs: { id: 'sign-in-password', type: 'password', autocomplete: 'current-password', 'aria-label': '{label}' },
        },
        { tag: 'label', text: '{label}' },
      ],
    },
  },
  nameForm: {
    fact: '1 LOGIN sign-up form #auth-registration-form (#registration-first-name)',
    a: {
      tag: 'div',
      attrs: { id: 'auth-registration-form' },
      inside: [
        {
          tag: 'form',
          class: 'auth-form',
          inside: [field({ tag: 'input', class: 'form-control', attrs: { id: 'registration-first-name' } }), 'slot'],
        },
      ],
    },
  },
  inactive: {
    fact: '1 SESSION second tab: #AppInactive, Reload App',
    a: {
      tag: 'div',
      attrs: { id: 'AppInactive' },
      inside: [
        {
          tag: 'div',
          class: 'content',
          inside: [
            { tag: 'h3', class: 'title', text: '{title}' },
            { tag: 'div', class: 'actions', inside: [{ tag: 'button', class: 'Button primary', attrs: { type: 'button' }, text: '{text}' }] },
          ],
        },
      ],
    },
  },
} satisfies Record<string, Row>;
