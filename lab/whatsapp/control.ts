import type { Response } from 'express';
import { Router } from 'express';
import { commonRoutes, defined, needAccount, numbered, pageRoutes } from '#lab/messenger/control.ts';
import type { Hub } from '#lab/messenger/hub.ts';
import { chatsOf } from '#lab/messenger/store.ts';
import {
  bodies,
  EnterCode,
  Incoming,
  LogOut,
  NewAccount,
  NewFaults,
  NewPeer,
  NewSettings,
  Outgoing,
  Restrict,
  Scan,
  SetSwap,
} from './control-schemas.ts';
import { devicesOf, logOutDevice } from './devices.ts';
import { swapFrame } from './hub.ts';
import { markRead, takeMessage } from './messages.ts';
import { noFaults } from './model.ts';
import type { Desk, LinkResult } from './pairing.ts';
import { enterCode, passkeyDone, scanQr } from './pairing.ts';
import type { ServerFrame } from './protocol.ts';
import type { Lab } from './store.ts';
import { putAccount, putPeer, resetLab, setDraft } from './store.ts';
import { countMessages, messagesBetween } from './truth.ts';
import { phoneChat } from './views.ts';

/**
 * The control API: what every messenger's has (`messenger/control.ts`; an account is named by its `number`), and what is WhatsApp's.
 * Bodies: `control-schemas.ts`. Numbers may carry +, spaces, dashes; replies hold digits only.
 *
 * | call | what it does, reply |
 * |---|---|
 * | POST /accounts `{number, name, saved?, asksPasskey?, showsNews?, newChatLimit?}` | phones |
 * | POST /peers `{number, name, members?, saved?, onWhatsApp?, deliveredAfterMs?, readsAfterMs?, repliesWith?, replyAfterMs?, repliesTimes?}` | scripted numbers; with `members` a group |
 * | POST /scan `{ref, number}` | the phone scans a QR: `ref` is the whole `data-ref` text → `{is:'linked',deviceId}`, `{is:'passkey'}`, or 409 `{is:'refused',why}` |
 * | POST /enter-code `{code, number}` | the phone enters a pairing code; replies as /scan |
 * | POST /passkey `{number}` | answers the passkey step of the page that waits for this account; replies as /scan |
 * | GET /devices?number= | → `{devices}` without secrets, logged-out ones with the reason |
 * | POST /logout `{number, deviceId?}` | the phone logs one or all of its browsers out → `{count}` |
 * | POST /restrict `{number, until}` | reach-out timelock: ISO time, ms since 1970, or null to lift |
 * | POST /swap `{number, to, at, afterMs, carriesText}` | arms "another chat takes the place of the open one", once → `{pages}` |
 * | POST /incoming `{to, from, text, kind?, group?, quotes?, times?}` | somebody writes to an account, or in a group that it is in → `{ids}` |
 * | POST /outgoing `{from, to, text, times?}` | the account's phone writes (a human beside the robot) → `{ids}` |
 * | GET /chats?number= | → `{chats}` of the account, newest first: number, title, unread, draft, last message |
 */
export function controlApi(desk: Desk, hub: Hub<ServerFrame>): Router {
  const { lab } = desk;
  const router = Router();
  const change = { putAccount, putPeer, markRead, setDraft, changeSettings };
  const show = { messages: messagesBetween, counts: countMessages };
  commonRoutes(router, lab, { bodies, NewAccount, NewPeer, NewFaults, noFaults, ...change, ...show, reset: resetLab });
  pageRoutes(router, bodies, hub);
  linking(router, desk);
  chats(router, desk, hub);
  return router;
}

function linking(router: Router, desk: Desk): void {
  const { lab } = desk;
  const reply = (response: Response, result: LinkResult) => void response.status(result.is === 'refused' ? 409 : 200).json(result);
  router.post('/scan', (request, response) => {
    const { ref, account } = Scan.parse(request.body);
    reply(response, scanQr(desk, ref, needAccount(lab, account)));
  });
  router.post('/enter-code', (request, response) => {
    const { code, account } = EnterCode.parse(request.body);
    reply(response, enterCode(desk, code, needAccount(lab, account)));
  });
  router.post('/passkey', (request, response) => {
    const { account } = bodies.Account.parse(request.body);
    const waiting = [...desk.pairings.atPasskey.values()].find((one) => one.account.number === account);
    reply(response, waiting ? passkeyDone(desk, waiting.page) : { is: 'refused', why: 'nothing_waits' });
  });
  router.get('/devices', (request, response) => {
    const { account } = bodies.AnyAccount.parse(request.query);
    const devices = [...lab.devices.values()].filter((device) => !account || device.number === account);
    response.json({ devices: devices.map(({ secret: _secret, ...shown }) => shown) });
  });
  router.post('/logout', (request, response) => {
    const { account, deviceId } = LogOut.parse(request.body);
    const devices = devicesOf(lab, account).filter((device) => deviceId === undefined || device.id === deviceId);
    for (const device of devices) logOutDevice(lab, device, 'phone');
    response.json({ count: devices.length });
  });
}

function chats(router: Router, desk: Desk, hub: Hub<ServerFrame>): void {
  const { lab } = desk;
  router.post('/restrict', (request, response) => {
    const { account, until } = Restrict.parse(request.body);
    const restrictedUntil = until === null ? null : new Date(until).getTime();
    response.json({ accounts: [putAccount(lab, { ...needAccount(lab, account), restrictedUntil })] });
  });
  router.post('/swap', (request, response) => {
    const { account, ...swap } = SetSwap.parse(request.body);
    response.json({ pages: hub.toAccount(account, swapFrame(desk, swap)) });
  });
  router.post('/incoming', (request, response) => {
    const { times = 1, ...given } = Incoming.parse(request.body);
    needAccount(lab, given.to);
    response.json({ ids: numbered(given.text, times).map((text) => takeMessage(lab, { ...given, text, via: 'control' }).message.id) });
  });
  router.post('/outgoing', (request, response) => {
    const { times = 1, ...given } = Outgoing.parse(request.body);
    needAccount(lab, given.from);
    response.json({ ids: numbered(given.text, times).map((text) => takeMessage(lab, { ...given, text, via: 'phone' }).message.id) });
  });
  router.get('/chats', (request, response) => {
    const { account } = bodies.Account.parse(request.query);
    response.json({ chats: chatsOf(lab, account).map((chat) => phoneChat(lab, chat)) });
  });
}

function changeSettings({ settings }: Lab, body: unknown): void {
  const { qr, ...rest } = NewSettings.parse(body);
  Object.assign(settings, defined(rest));
  Object.assign(settings.qr, defined(qr ?? {}));
}
