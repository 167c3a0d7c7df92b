import { randomBytes } from 'node:crypto';
import { emit } from '#lab/messenger/event-log.ts';
import { dotsOf } from '#lab/messenger/qr-dots.ts';
import type { Timers } from '#lab/messenger/timers.ts';
import { linkDevice } from './devices.ts';
import type { Account, Device } from './model.ts';
import type { ServerFrame } from './protocol.ts';
import type { Lab } from './store.ts';

/** One browser that shows a QR or a pairing code and waits for a phone. */
export type PairingPage = { browser: string; show: (frame: ServerFrame) => void; adopt: (device: Device) => void };
type Waiting = { page: PairingPage; account: Account };
export type LinkResult = { is: 'linked'; deviceId: string } | { is: 'passkey' } | { is: 'refused'; why: string };

/** Codes and QR refs that are alive right now. A ref or code works once. */
export type Pairings = {
  byRef: Map<string, { page: PairingPage; text: string }>;
  byCode: Map<string, { page: PairingPage; number: string }>;
  atPasskey: Map<PairingPage, Waiting>;
};
export const noPairings = (): Pairings => ({ byRef: new Map(), byCode: new Map(), atPasskey: new Map() });

export type Desk = { lab: Lab; timers: Timers; pairings: Pairings };

/**
 * Shows one ref after the other (facts 1.1: 60 s, then 20 s each, about six, then the expired overlay). The text of a QR is
 * `ref,noise,identity,adv,platform`; whoever scans must hand it over as it stands. Returns how to stop.
 */
export function rotateQr(desk: Desk, page: PairingPage, keys: { noise: string; identity: string; adv: string }): () => void {
  const { lab, timers, pairings } = desk;
  let shown = 0;
  let cancel = () => {};
  const clear = () => {
    for (const [ref, entry] of pairings.byRef) if (entry.page === page) pairings.byRef.delete(ref);
  };
  const next = () => {
    clear();
    const { qr } = lab.settings;
    if (shown >= qr.refs) {
      page.show({ t: 'qr_expired' });
      return;
    }
    shown += 1;
    const ref = `2@${randomBytes(48).toString('base64')}`;
    const text = [ref, keys.noise, keys.identity, keys.adv, '1'].join(',');
    pairings.byRef.set(ref, { page, text });
    page.show({ t: 'qr', ref: text, ...dotsOf(text, 'L') });
    emit(lab, { is: 'qr', shown });
    cancel = timers.after(shown === 1 ? qr.firstMs : qr.nextMs, next);
  };
  cancel = timers.after(lab.settings.qr.appearsAfterMs, next);
  return () => {
    cancel();
    clear();
  };
}

/** A phone has scanned `text` (the whole QR text, with or without the prefix that a camera app shows). */
export function scanQr(desk: Desk, text: string, account: Account): LinkResult {
  const bare = text.trim().replace(/^https:\/\/wa\.me\/settings\/linked_devices#/, '');
  const entry = desk.pairings.byRef.get(bare.split(',')[0] ?? '');
  if (!entry || entry.text !== bare) return { is: 'refused', why: 'qr_unknown_or_expired' };
  return finish(desk, entry.page, account);
}

const codeLetters = 'ABCDEFGHJKLMNPQRSTVWXYZ123456789';

/** Gives the page eight characters for the phone of `number`; an older code of the page dies. */
export function offerCode(desk: Desk, page: PairingPage, number: string): void {
  const { lab, timers, pairings } = desk;
  dropCodes(pairings, page);
  if (!lab.accounts.has(number)) {
    page.show({ t: 'code_refused' });
    return;
  }
  const code = Array.from(randomBytes(8), (byte) => codeLetters[byte % codeLetters.length]).join('');
  pairings.byCode.set(code, { page, number });
  page.show({ t: 'code', code });
  timers.after(lab.settings.codeMs, () => pairings.byCode.delete(code));
}

export function enterCode(desk: Desk, code: string, account: Account): LinkResult {
  const entry = desk.pairings.byCode.get(code.replace(/[^A-Za-z0-9]/g, '').toUpperCase());
  if (!entry || entry.number !== account.number) return { is: 'refused', why: 'code_unknown_or_expired' };
  return finish(desk, entry.page, account);
}

function finish(desk: Desk, page: PairingPage, account: Account): LinkResult {
  if (account.asksPasskey) {
    desk.pairings.atPasskey.set(page, { page, account });
    page.show({ t: 'passkey' });
    return { is: 'passkey' };
  }
  return link(desk, page, account);
}

/** The person has touched the authenticator: the linking that waited for it goes on. */
export function passkeyDone(desk: Desk, page: PairingPage): LinkResult {
  const waiting = desk.pairings.atPasskey.get(page);
  if (!waiting) return { is: 'refused', why: 'nothing_waits' };
  return link(desk, page, waiting.account);
}

function link(desk: Desk, page: PairingPage, account: Account): LinkResult {
  const device = linkDevice(desk.lab, account.number, page.browser);
  if (device === 'too_many_devices') return { is: 'refused', why: device };
  forgetPage(desk.pairings, page);
  page.adopt(device);
  return { is: 'linked', deviceId: device.id };
}

function dropCodes(pairings: Pairings, page: PairingPage): void {
  for (const [code, entry] of pairings.byCode) if (entry.page === page) pairings.byCode.delete(code);
}

export function forgetPage(pairings: Pairings, page: PairingPage): void {
  for (const [ref, entry] of pairings.byRef) if (entry.page === page) pairings.byRef.delete(ref);
  dropCodes(pairings, page);
  pairings.atPasskey.delete(page);
}
