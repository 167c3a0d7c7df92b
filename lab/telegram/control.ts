import type { Request, Response } from 'express';
import { Router } from 'express';
import { z } from 'zod';
import {
  AccountAndPeer,
  AccountOnly,
  EventQuery,
  FreezePage,
  Incoming,
  LogOut,
  MessageQuery,
  NewAccount,
  NewPeer,
  NewSettings,
  Outgoing,
  oneOrMany,
  Scan,
  SetDraft,
  SetFaults,
  SetSwap,
} from './control-schemas.ts';
import type { Hub } from './hub.ts';
import { type Desk, endSession, scanQr } from './logins.ts';
import { markRead, takeMessage } from './messages.ts';
import { type Account, noFaults } from './model.ts';
import { dialogsOf, type NumberedEvent, peerOf, putAccount, putPeer, resetLab, setDraft } from './store.ts';
import { countMessages, messagesOf } from './truth.ts';
import { dialogView, peerView } from './views.ts';

/**
 * The control API, JSON in and out, under `/control`. Bodies: `control-schemas.ts`. A refused body is 400 `{error, issues}`, an unknown
 * account or peer 404 `{error}`.
 *
 * | call | what it does, reply |
 * |---|---|
 * | POST /accounts `{id, phone, name, username?, password?, isNew?}` or an array | makes or changes accounts → `{accounts}` |
 * | GET /accounts | → `{accounts}` with their faults |
 * | POST /peers `{id, name, kind?, username?, phone?, readsAfterMs?, repliesWith?, replyAfterMs?}` or an array | users, groups (-n), channels (-100n) → `{count}` |
 * | GET /peers | → `{peers}` |
 * | POST /scan `{text, account}` | the phone scans a QR; `text` is the whole `tg://login?token=…` → `{is:'logged_in'}`, `{is:'needs_password'}`, or 409 `{is:'refused',why}` |
 * | GET /code?account= | the login code that arrived on the account's other devices → `{code}`, null when none is open |
 * | GET /sessions?account= | → `{sessions}` without secrets, ended ones with the reason |
 * | POST /logout `{account, sessionId?}` | terminates one or all browsers from the phone → `{count}` |
 * | POST /faults `{account?, faults}` | sets some faults of one account or of all → `{accounts}`; names in `model.ts` `Faults` |
 * | POST /faults/clear `{account?}` | back to none |
 * | POST /conflict `{account}` | open pages of the account show #AppInactive → `{pages}` |
 * | POST /freeze-page `{account, ms}` | the page's own script stalls for so long → `{pages}` |
 * | POST /swap `{account, to, at, afterMs}` | arms "another chat takes the place of the open one", once → `{pages}` |
 * | POST /incoming `{account, peer, text, times?}` | the peer writes to the account → `{ids}` |
 * | POST /outgoing `{account, peer, text, times?}` | the account's phone writes (a human beside the robot) → `{ids}` |
 * | POST /read `{account, peer}` | the account's phone reads the dialog |
 * | POST /draft `{account, peer, text}` | a human's draft stands in that dialog |
 * | POST /settings, GET /settings | timings, page size, dialect (`Settings` in `model.ts`) |
 * | GET /messages?account=&peer=&via=&since= | the lab's own truth, in order of arrival → `{messages}` with ids, times, keystroke times, resends |
 * | GET /dialogs?account= | → `{dialogs}`, newest first |
 * | GET /counts | → `Counts` of `truth.ts`, with duplicates |
 * | GET /events?after= | → `{events}` numbered by `seq` |
 * | POST /reset | forgets everything; open pages lose their session |
 */
export function controlApi(desk: Desk, hub: Hub): Router {
  const router = Router();
  people(router, desk);
  logins(router, desk);
  disturbances(router, desk, hub);
  traffic(router, desk);
  truth(router, desk);
  return router;
}

function people(router: Router, { lab }: Desk): void {
  router.post('/accounts', (request, response) => {
    const accounts = oneOrMany(NewAccount).parse(request.body);
    response.json({ accounts: accounts.map((given) => putAccount(lab, defined(given))) });
  });
  router.get('/accounts', (_request, response) => void response.json({ accounts: [...lab.accounts.values()] }));
  router.post('/peers', (request, response) => {
    const peers = oneOrMany(NewPeer).parse(request.body);
    for (const given of peers) putPeer(lab, defined(given));
    response.json({ count: peers.length });
  });
  router.get('/peers', (_request, response) => void response.json({ peers: [...lab.peers.values()] }));
}

function logins(router: Router, desk: Desk): void {
  const { lab } = desk;
  router.post('/scan', (request, response) => {
    const { text, account } = Scan.parse(request.body);
    const result = scanQr(desk, text, need(desk, account));
    response.status(result.is === 'refused' ? 409 : 200).json(result);
  });
  router.get('/code', (request, response) => {
    const { account } = AccountOnly.parse(request.query);
    response.json({ code: desk.codes.get(need(desk, account).id) ?? null });
  });
  router.get('/sessions', (request, response) => {
    const { account } = AccountOnly.partial().parse(request.query);
    const sessions = [...lab.sessions.values()].filter((session) => account === undefined || session.accountId === account);
    response.json({ sessions: sessions.map(({ secret: _secret, ...shown }) => shown) });
  });
  router.post('/logout', (request, response) => {
    const { account, sessionId } = LogOut.parse(request.body);
    const open = [...lab.sessions.values()].filter((session) => session.accountId === account && !session.endedBecause);
    const ended = open.filter((session) => sessionId === undefined || session.id === sessionId);
    for (const session of ended) endSession(lab, session, 'phone');
    response.json({ count: ended.length });
  });
}

function disturbances(router: Router, desk: Desk, hub: Hub): void {
  const { lab } = desk;
  const changeFaults = (id: string | undefined, faults: Partial<Account['faults']>) => {
    const accounts = id ? [need(desk, id)] : [...lab.accounts.values()];
    return accounts.map((account) => putAccount(lab, { ...account, faults: { ...account.faults, ...faults } }));
  };
  router.post('/faults', (request, response) => {
    const { account, faults } = SetFaults.parse(request.body);
    response.json({ accounts: changeFaults(account, defined(faults)) });
  });
  router.post('/faults/clear', (request, response) => {
    const { account } = AccountOnly.partial().parse(request.body ?? {});
    response.json({ accounts: changeFaults(account, noFaults) });
  });
  router.post('/conflict', (request, response) => {
    const { account } = AccountOnly.parse(request.body);
    response.json({ pages: hub.toAccount(account, { t: 'conflict' }) });
  });
  router.post('/freeze-page', (request, response) => {
    const { account, ms } = FreezePage.parse(request.body);
    response.json({ pages: hub.toAccount(account, { t: 'freeze_page', ms }) });
  });
  router.post('/swap', (request, response) => {
    const { account, to, ...swap } = SetSwap.parse(request.body);
    response.json({ pages: hub.toAccount(account, { t: 'swap', ...swap, peer: peerView(needPeer(desk, to)) }) });
  });
}

function traffic(router: Router, desk: Desk): void {
  const { lab } = desk;
  const write = (request: Request, response: Response, how: { isOut: boolean; via: 'phone' | 'control' }) => {
    const { account, peer, text, times = 1 } = (how.isOut ? Outgoing : Incoming).parse(request.body);
    const owner = need(desk, account).id;
    const texts = Array.from({ length: times }, (_, index) => (times === 1 ? text : `${text} ${index + 1}`));
    const id = needPeer(desk, peer).id;
    response.json({ ids: texts.map((one) => takeMessage(lab, { owner, peer: id, text: one, ...how }).message.id) });
  };
  router.post('/incoming', (request, response) => write(request, response, { isOut: false, via: 'control' }));
  router.post('/outgoing', (request, response) => write(request, response, { isOut: true, via: 'phone' }));
  router.post('/read', (request, response) => {
    const { account, peer } = AccountAndPeer.parse(request.body);
    markRead(lab, need(desk, account).id, peer);
    response.json({ ok: true });
  });
  router.post('/draft', (request, response) => {
    const { account, peer, text } = SetDraft.parse(request.body);
    setDraft(lab, need(desk, account).id, peer, { text, by: null });
    response.json({ ok: true });
  });
}

function truth(router: Router, desk: Desk): void {
  const { lab } = desk;
  router.get('/messages', (request, response) => void response.json({ messages: messagesOf(lab, MessageQuery.parse(request.query)) }));
  router.get('/dialogs', (request, response) => {
    const { account } = AccountOnly.parse(request.query);
    response.json({ dialogs: dialogsOf(lab, need(desk, account).id).map((dialog) => dialogView(lab, dialog)) });
  });
  router.get('/counts', (_request, response) => void response.json(countMessages(lab)));
  router.get('/events', (request, response) => {
    const { after } = EventQuery.parse(request.query);
    response.json({ events: lab.events.filter((event: NumberedEvent) => event.seq > after) });
  });
  router.get('/settings', (_request, response) => void response.json(lab.settings));
  router.post('/settings', (request, response) => {
    Object.assign(lab.settings, defined(NewSettings.parse(request.body)));
    response.json(lab.settings);
  });
  router.post('/reset', (_request, response) => {
    resetLab(lab);
    desk.codes.clear();
    response.json({ ok: true });
  });
}

class Unknown extends Error {}

function need({ lab }: Desk, id: string): Account {
  const account = lab.accounts.get(id);
  if (!account) throw new Unknown(`No account ${id} in the lab`);
  return account;
}

function needPeer({ lab }: Desk, id: string) {
  const peer = peerOf(lab, id);
  if (!peer) throw new Unknown(`No peer ${id} in the lab`);
  return peer;
}

/** Without the fields that were left out, so that spreading keeps what was there. */
function defined<T extends object>(given: T): T {
  // Only keys of T with a value are copied, so what comes out is a T whose optional fields are absent instead of undefined.
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T;
}

/** Express needs all four parameters to know an error handler. */
export function answerErrors(error: unknown, _request: Request, response: Response, _next: unknown): void {
  if (error instanceof z.ZodError) response.status(400).json({ error: 'invalid', issues: error.issues });
  else if (error instanceof Unknown) response.status(404).json({ error: error.message });
  else response.status(500).json({ error: error instanceof Error ? error.message : 'unknown' });
}
