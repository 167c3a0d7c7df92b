import { part } from '#lab/messenger/page/nodes.ts';
import type { ServerFrame } from '#lab/whatsapp/protocol.ts';
import { node } from './nodes.ts';
import type { Wire } from './wire.ts';
import { words } from './words.ts';

export type LinkScreen = {
  element: HTMLElement;
  connected: () => void;
  lost: () => void;
  frame: (frame: ServerFrame) => void;
  staysLoggedIn: () => boolean;
};

/** Linking by QR or by a code for the phone. The keys are made here; only the ref comes from the server (facts 1.1, QR refresh). */
export function createLinkScreen(wire: () => Wire, how: { wasLoggedOut: boolean }): LinkScreen {
  const keys = { noise: randomKey(), identity: randomKey(), adv: randomKey() };
  const spot = node('qrWaiting');
  const stay = node('stayBox');
  if (stay instanceof HTMLInputElement) stay.checked = true;
  const hint = node('phoneHint', { text: words.linkByPhone });
  const card = node('linkCard', {}, [
    node('linkTitle', { text: words.linkTitle }),
    node(
      'linkSteps',
      {},
      words.linkSteps.map((text) => node('linkStep', { text })),
    ),
    spot,
    node('stayLoggedIn', {}, [stay, document.createTextNode(words.stayLoggedIn)]),
    hint,
    node('linkHelp', { text: words.linkHelp }),
  ]);
  const banner = how.wasLoggedOut ? node('loggedOutBanner', { text: words.loggedOut }) : null;
  const element = node('linkScreen', {}, [banner, card, node('labNote', { text: words.labNote })]);
  const pair = () => wire().send({ t: 'pair', keys, browser: browserName() });
  hint.addEventListener('click', () => card.replaceWith(phoneEntry(wire)));

  return {
    element,
    connected: pair,
    lost: () => overlay(spot, node('qrOffline', {}, [document.createTextNode(words.qrOffline)]), pair),
    staysLoggedIn: () => !(stay instanceof HTMLInputElement) || stay.checked,
    frame(frame) {
      if (frame.t === 'qr') showQr(spot, frame);
      if (frame.t === 'qr_expired') overlay(spot, node('qrExpired', { text: words.reloadQr }), pair);
      if (frame.t === 'code') showCode(element, frame.code);
      if (frame.t === 'code_refused') showRefusal(element);
      if (frame.t === 'passkey') showPasskey(element, wire);
    },
  };
}

function overlay(spot: HTMLElement, cover: HTMLElement, press: () => void): void {
  const qr = spot.querySelector('[data-ref]') ?? spot;
  cover.querySelector('button')?.addEventListener('click', () => {
    cover.remove();
    press();
  });
  qr.append(cover);
}

/** The same node takes each new ref, so that its change can be observed on the attribute. */
function showQr(spot: HTMLElement, { ref, size, dots }: Extract<ServerFrame, { t: 'qr' }>): void {
  const known = spot.querySelector('[data-ref]');
  const qr = known ?? node('qr', { ref }, [node('qrCanvas')]);
  qr.setAttribute('data-ref', ref);
  qr.querySelector('button')?.parentElement?.remove();
  if (!known) spot.replaceChildren(qr);
  drawDots(part<HTMLCanvasElement>(qr, 'canvas'), size, dots);
}

/** Pixels per dot and dots of white around: what phones read easily from a screen or a screenshot. */
const dotPx = 4;
const quietDots = 4;

function drawDots(canvas: HTMLCanvasElement, size: number, dots: string): void {
  canvas.width = (size + 2 * quietDots) * dotPx;
  canvas.height = canvas.width;
  const paint = canvas.getContext('2d');
  if (!paint) return;
  paint.fillStyle = '#fff';
  paint.fillRect(0, 0, canvas.width, canvas.height);
  paint.fillStyle = '#122';
  for (const [index, dot] of [...dots].entries()) {
    if (dot === '1') paint.fillRect(((index % size) + quietDots) * dotPx, (Math.floor(index / size) + quietDots) * dotPx, dotPx, dotPx);
  }
}

function phoneEntry(wire: () => Wire): HTMLElement {
  const input = node('phoneInput', { label: words.typePhone });
  const form = node('phoneEntry', {}, [node('linkTitle', { text: words.enterPhone }), input, node('phoneNext', { text: words.next })]);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (input instanceof HTMLInputElement) wire().send({ t: 'pair_code', number: input.value });
  });
  return form;
}

function showCode(screen: HTMLElement, code: string): void {
  const letters = [...code];
  const cells = node(
    'codeCells',
    { code: letters.join(',') },
    letters.map((text) => node('codeCell', { text })),
  );
  // The form, or the code before this one.
  const place = screen.querySelector('form') ?? part(screen, '[data-link-code]').parentElement;
  place?.replaceWith(node('codeView', {}, [node('linkTitle', { text: words.enterCode }), cells]));
}

function showRefusal(screen: HTMLElement): void {
  screen.querySelector('form')?.append(node('dialogText', { text: words.codeRefused }));
}

/** The native prompt of an authenticator cannot be shown here; the button stands for touching it. */
function showPasskey(screen: HTMLElement, wire: () => Wire): void {
  const go = node('passkeyButton', { text: words.continue });
  go.addEventListener('click', () => wire().send({ t: 'passkey_done' }));
  screen.replaceChildren(node('passkey', {}, [node('linkTitle', { text: words.passkeyTitle }), node('dialogText', { text: words.passkeyText }), go]));
}

function randomKey(): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))));
}

function browserName(): string {
  const system = /Windows|Macintosh|Linux/.exec(navigator.userAgent)?.[0] ?? 'this computer';
  return `Chrome (${system})`;
}
