import { randomBytes, randomInt } from 'node:crypto';
import { emit } from '#lab/messenger/event-log.ts';
import { dotsOf } from '#lab/messenger/qr-dots.ts';
import type { Timers } from '#lab/messenger/timers.ts';
import type { Account, Session } from './model.ts';
import type { ServerFrame } from './protocol.ts';
import { digitsOf, type Lab } from './store.ts';

/** One page that is not logged in. `account` is known once a phone number was given or a token was scanned. */
export type LoginPage = { show: (frame: ServerFrame) => void; adopt: (session: Session) => void; account: Account | null; stopQr: () => void };
export type Desk = { lab: Lab; timers: Timers; tokens: Map<string, LoginPage>; codes: Map<string, string> };

/** Shows one token after the other for as long as the page asks for them; there is no "expired" state (facts 1, LOGIN). */
export function rotateQr(desk: Desk, page: LoginPage): void {
  const { lab, timers, tokens } = desk;
  let cancel = () => {};
  const next = () => {
    forgetTokens(desk, page);
    const token = randomBytes(32).toString('base64url');
    tokens.set(token, page);
    // High correction, because the logo covers the middle.
    page.show({ t: 'qr', ...dotsOf(`tg://login?token=${token}`, 'Q') });
    cancel = timers.after(lab.settings.qrMs, next);
  };
  page.stopQr();
  cancel = timers.after(lab.settings.qrAppearsAfterMs, next);
  page.stopQr = () => {
    cancel();
    forgetTokens(desk, page);
  };
}

function forgetTokens({ tokens }: Desk, page: LoginPage): void {
  for (const [token, owner] of tokens) if (owner === page) tokens.delete(token);
}

/** What a phone makes of a QR: `text` is the whole `tg://login?token=…`. */
export function scanQr(desk: Desk, text: string, account: Account): { is: 'logged_in' | 'needs_password' } | { is: 'refused'; why: string } {
  const token = /^tg:\/\/login\?token=([\w-]+)$/.exec(text)?.[1] ?? '';
  const page = desk.tokens.get(token);
  if (!page) return { is: 'refused', why: 'token_unknown_or_expired' };
  page.account = account;
  page.stopQr();
  return { is: pass(desk, page, account) };
}

/** A phone number was submitted: the code goes to the account's phone (`GET /control/code`). */
export function sendCode(desk: Desk, page: LoginPage, phone: string): void {
  const { lab } = desk;
  const digits = digitsOf(phone);
  const account = [...lab.accounts.values()].find((one) => one.phone === digits);
  const error = account ? account.faults.phoneError : 'PHONE_NUMBER_INVALID';
  if (!account || error) {
    page.show({ t: 'refused', error: error ?? 'PHONE_NUMBER_INVALID' });
    return;
  }
  page.stopQr();
  page.account = account;
  const code = String(randomInt(10_000, 100_000));
  desk.codes.set(account.id, code);
  emit(lab, { is: 'code', account: account.id, code });
  page.show({ t: 'code_sent', phone: `+${digits}` });
}

export function takeCode(desk: Desk, page: LoginPage, code: string): void {
  const { account } = page;
  if (!account || desk.codes.get(account.id) !== code) {
    page.show({ t: 'refused', error: 'PHONE_CODE_INVALID' });
    return;
  }
  desk.codes.delete(account.id);
  if (account.isNew) page.show({ t: 'needs_name' });
  else pass(desk, page, account);
}

export function takePassword(desk: Desk, page: LoginPage, password: string): void {
  if (page.account?.password === password) logIn(desk, page, page.account);
  else page.show({ t: 'refused', error: 'PASSWORD_HASH_INVALID' });
}

function pass(desk: Desk, page: LoginPage, account: Account): 'logged_in' | 'needs_password' {
  if (account.password !== null) {
    page.show({ t: 'needs_password' });
    return 'needs_password';
  }
  logIn(desk, page, account);
  return 'logged_in';
}

function logIn({ lab }: Desk, page: LoginPage, account: Account): void {
  const session: Session = {
    id: randomBytes(6).toString('hex'),
    accountId: account.id,
    secret: randomBytes(24).toString('hex'),
    createdAt: lab.now(),
    endedBecause: null,
  };
  lab.sessions.set(session.id, session);
  emit(lab, { is: 'logged_in', account: account.id, sessionId: session.id });
  page.adopt(session);
}

/** The session is terminated from the phone, or by the page itself. */
export function endSession(lab: Lab, session: Session, why: string): void {
  if (session.endedBecause) return;
  session.endedBecause = why;
  emit(lab, { is: 'logged_out', account: session.accountId, sessionId: session.id, why });
}
