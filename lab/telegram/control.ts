import type { Request, Response } from 'express';
import { Router } from 'express';
import { commonRoutes, defined, needAccount, numbered, pageRoutes, Unknown } from '#lab/messenger/control.ts';
import type { Hub } from '#lab/messenger/hub.ts';
import { chatsOf } from '#lab/messenger/store.ts';
import { bodies, LogOut, NewAccount, NewFaults, NewPeer, NewSettings, Scan, SetSwap, Writing } from './control-schemas.ts';
import { type Desk, endSession, scanQr } from './logins.ts';
import { markRead, takeMessage } from './messages.ts';
import { noFaults } from './model.ts';
import type { ServerFrame } from './protocol.ts';
import { type Lab, peerOf, putAccount, putPeer, resetLab, setDraft } from './store.ts';
import { countMessages, messagesOf } from './truth.ts';
import { dialogView, peerView } from './views.ts';

/**
 * The control API: what every messenger's has (`messenger/control.ts`; an account is named by its id as `account`), and what is
 * Telegram's. Bodies: `control-schemas.ts`.
 *
 * | call | what it does, reply |
 * |---|---|
 * | POST /accounts `{id, phone, name, username?, password?, isNew?}` | |
 * | POST /peers `{id, name, kind?, username?, phone?, readsAfterMs?, repliesWith?, replyAfterMs?}` | users, groups (-n), channels (-100n) |
 * | POST /scan `{text, account}` | the phone scans a QR; `text` is the whole `tg://login?token=…` → `{is:'logged_in'}`, `{is:'needs_password'}`, or 409 `{is:'refused',why}` |
 * | GET /code?account= | the login code that arrived on the account's other devices → `{code}`, null when none is open |
 * | GET /sessions?account= | → `{sessions}` without secrets, ended ones with the reason |
 * | POST /logout `{account, sessionId?}` | terminates one or all browsers from the phone → `{count}` |
 * | POST /swap `{account, to, at, afterMs}` | arms "another chat takes the place of the open one", once → `{pages}` |
 * | POST /incoming `{account, peer, text, times?}` | the peer writes to the account → `{ids}` |
 * | POST /outgoing `{account, peer, text, times?}` | the account's phone writes (a human beside the robot) → `{ids}` |
 * | GET /dialogs?account= | → `{dialogs}`, newest first |
 */
export function controlApi(desk: Desk, hub: Hub<ServerFrame>): Router {
  const { lab } = desk;
  const router = Router();
  const change = { putAccount, putPeer, markRead, setDraft, changeSettings };
  const reset = () => {
    resetLab(lab);
    desk.codes.clear();
  };
  commonRoutes(router, lab, { bodies, NewAccount, NewPeer, NewFaults, noFaults, ...change, messages: messagesOf, counts: countMessages, reset });
  pageRoutes(router, bodies, hub);
  logins(router, desk);
  chats(router, lab, hub);
  return router;
}

function logins(router: Router, desk: Desk): void {
  const { lab } = desk;
  router.post('/scan', (request, response) => {
    const { text, account } = Scan.parse(request.body);
    const result = scanQr(desk, text, needAccount(lab, account));
    response.status(result.is === 'refused' ? 409 : 200).json(result);
  });
  router.get('/code', (request, response) => {
    const { account } = bodies.Account.parse(request.query);
    response.json({ code: desk.codes.get(needAccount(lab, account).id) ?? null });
  });
  router.get('/sessions', (request, response) => {
    const { account } = bodies.AnyAccount.parse(request.query);
    const sessions = [...lab.sessions.values()].filter((session) => !account || session.accountId === account);
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

function chats(router: Router, lab: Lab, hub: Hub<ServerFrame>): void {
  const write = (request: Request, response: Response, how: { isOut: boolean; via: 'phone' | 'control' }) => {
    const { account, peer, text, times = 1 } = Writing.parse(request.body);
    const owner = needAccount(lab, account).id;
    const { id } = needPeer(lab, peer);
    response.json({ ids: numbered(text, times).map((one) => takeMessage(lab, { owner, peer: id, text: one, ...how }).message.id) });
  };
  router.post('/incoming', (request, response) => write(request, response, { isOut: false, via: 'control' }));
  router.post('/outgoing', (request, response) => write(request, response, { isOut: true, via: 'phone' }));
  router.post('/swap', (request, response) => {
    const { account, to, ...swap } = SetSwap.parse(request.body);
    response.json({ pages: hub.toAccount(account, { t: 'swap', ...swap, peer: peerView(needPeer(lab, to)) }) });
  });
  router.get('/dialogs', (request, response) => {
    const { account } = bodies.Account.parse(request.query);
    response.json({ dialogs: chatsOf(lab, needAccount(lab, account).id).map((chat) => dialogView(lab, chat)) });
  });
}

const changeSettings = ({ settings }: Lab, body: unknown): void => void Object.assign(settings, defined(NewSettings.parse(body)));

function needPeer(lab: Lab, id: string) {
  const peer = peerOf(lab, id);
  if (!peer) throw new Unknown(`No peer ${id} in the lab`);
  return peer;
}
