import type { Request, Response } from 'express';
import { Router } from 'express';
import { z } from 'zod';
import {
  EnterCode,
  EventQuery,
  FreezePage,
  Incoming,
  LogOut,
  MessageQuery,
  NewAccount,
  NewPeer,
  NewSettings,
  NumberAndPeer,
  NumberOnly,
  Outgoing,
  oneOrMany,
  Restrict,
  Scan,
  SetDraft,
  SetFaults,
  SetSwap,
} from './control-schemas.ts';
import { devicesOf, logOutDevice } from './devices.ts';
import type { Hub } from './hub.ts';
import { swapFrame } from './hub.ts';
import { markRead, takeMessage } from './messages.ts';
import type { Account } from './model.ts';
import { noFaults } from './model.ts';
import type { Desk, LinkResult } from './pairing.ts';
import { enterCode, passkeyDone, scanQr } from './pairing.ts';
import type { NumberedEvent } from './store.ts';
import { chatsOf, putAccount, putPeer, resetLab, setDraft } from './store.ts';
import { countMessages, messagesBetween } from './truth.ts';
import { phoneChat } from './views.ts';

/**
 * The control API, JSON in and out, under `/control`. Bodies: `control-schemas.ts`. A refused body is 400 `{error, issues}`,
 * an unknown account 404 `{error}`. Numbers may carry +, spaces, dashes; replies hold digits only.
 *
 * | call | what it does, reply |
 * |---|---|
 * | POST /accounts `{number, name, saved?, asksPasskey?, showsNews?, newChatLimit?}` or an array | makes or changes phones → `{accounts}` |
 * | GET /accounts | → `{accounts}` each with its faults and restriction |
 * | POST /peers `{number, name, members?, saved?, onWhatsApp?, deliveredAfterMs?, readsAfterMs?, repliesWith?, replyAfterMs?, repliesTimes?}` or an array | scripted numbers; with `members` a group → `{count}` |
 * | GET /peers | → `{peers}` |
 * | POST /scan `{ref, number}` | the phone scans a QR: `ref` is the whole `data-ref` text → `{is:'linked',deviceId}`, `{is:'passkey'}`, or 409 `{is:'refused',why}` |
 * | POST /enter-code `{code, number}` | the phone enters a pairing code; replies as /scan |
 * | POST /passkey `{number}` | answers the passkey step of the page that waits for this account; replies as /scan |
 * | GET /devices?number= | → `{devices}` without secrets, logged-out ones with the reason |
 * | POST /logout `{number, deviceId?}` | the phone logs one or all of its browsers out → `{count}` |
 * | POST /faults `{number?, faults}` | sets some faults of one account or of all → `{accounts}`; names in `model.ts` `Faults` |
 * | POST /faults/clear `{number?}` | back to none |
 * | POST /restrict `{number, until}` | reach-out timelock: ISO time, ms since 1970, or null to lift |
 * | POST /conflict `{number}` | open pages of the account show "open in another window" → `{pages}` |
 * | POST /freeze-page `{number, ms}` | the page's own script stalls for so long → `{pages}` |
 * | POST /swap `{number, to, at, afterMs, carriesText}` | arms "another chat takes the place of the open one", once → `{pages}` |
 * | POST /incoming `{to, from, text, kind?, group?, quotes?, times?}` | somebody writes to an account, or in a group that it is in → `{ids}` |
 * | POST /outgoing `{from, to, text, times?}` | the account's phone writes (a human beside the robot) → `{ids}` |
 * | POST /read `{number, peer}` | the account's phone reads the chat: badge gone, blue ticks for the other side |
 * | POST /draft `{number, peer, text}` | a human's draft stands in that chat |
 * | POST /settings, GET /settings | timings of QR, code, sync; page size; unknown numbers … (`Settings` in `model.ts`) |
 * | GET /messages?account=&peer=&via=&since= | the lab's own truth, in order of arrival → `{messages}` with ids, times, keystroke times, resends |
 * | GET /chats?number= | → `{chats}` of the account, newest first: number, title, unread, draft, last message |
 * | GET /counts | → `Counts` of `truth.ts`, with duplicates |
 * | GET /events?after= | → `{events}` numbered by `seq` |
 * | GET /events/stream | the same as server-sent events, from now on |
 * | POST /reset | forgets everything; open pages lose their session |
 */
export function controlApi(desk: Desk, hub: Hub): Router {
  const router = Router();
  people(router, desk);
  linking(router, desk);
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

function linking(router: Router, desk: Desk): void {
  const { lab } = desk;
  const reply = (response: Response, result: LinkResult) => void response.status(result.is === 'refused' ? 409 : 200).json(result);
  router.post('/scan', (request, response) => {
    const { ref, number } = Scan.parse(request.body);
    reply(response, scanQr(desk, ref, need(desk, number)));
  });
  router.post('/enter-code', (request, response) => {
    const { code, number } = EnterCode.parse(request.body);
    reply(response, enterCode(desk, code, need(desk, number)));
  });
  router.post('/passkey', (request, response) => {
    const { number } = NumberOnly.parse(request.body);
    const waiting = [...desk.pairings.atPasskey.values()].find(({ account }) => account.number === number);
    reply(response, waiting ? passkeyDone(desk, waiting.page) : { is: 'refused', why: 'nothing_waits' });
  });
  router.get('/devices', (request, response) => {
    const { number } = NumberOnly.partial().parse(request.query);
    const devices = [...lab.devices.values()].filter((device) => number === undefined || device.number === number);
    response.json({ devices: devices.map(({ secret: _secret, ...shown }) => shown) });
  });
  router.post('/logout', (request, response) => {
    const { number, deviceId } = LogOut.parse(request.body);
    const devices = devicesOf(lab, number).filter((device) => deviceId === undefined || device.id === deviceId);
    for (const device of devices) logOutDevice(lab, device, 'phone');
    response.json({ count: devices.length });
  });
}

function disturbances(router: Router, desk: Desk, hub: Hub): void {
  const { lab } = desk;
  const changeFaults = (number: string | null | undefined, faults: Partial<Account['faults']>) => {
    const accounts = number ? [need(desk, number)] : [...lab.accounts.values()];
    return accounts.map((account) => putAccount(lab, { ...account, faults: { ...account.faults, ...faults } }));
  };
  router.post('/faults', (request, response) => {
    const { number, faults } = SetFaults.parse(request.body);
    response.json({ accounts: changeFaults(number, defined(faults)) });
  });
  router.post('/faults/clear', (request, response) => {
    const { number } = NumberOnly.partial().parse(request.body ?? {});
    response.json({ accounts: changeFaults(number, noFaults) });
  });
  router.post('/restrict', (request, response) => {
    const { number, until } = Restrict.parse(request.body);
    const restrictedUntil = until === null ? null : new Date(until).getTime();
    response.json({ accounts: [putAccount(lab, { ...need(desk, number), restrictedUntil })] });
  });
  router.post('/conflict', (request, response) => {
    const { number } = NumberOnly.parse(request.body);
    response.json({ pages: hub.toAccount(number, { t: 'conflict' }) });
  });
  router.post('/freeze-page', (request, response) => {
    const { number, ms } = FreezePage.parse(request.body);
    response.json({ pages: hub.toAccount(number, { t: 'freeze_page', ms }) });
  });
  router.post('/swap', (request, response) => {
    const { number, ...swap } = SetSwap.parse(request.body);
    response.json({ pages: hub.toAccount(number, swapFrame(desk, swap)) });
  });
}

function traffic(router: Router, desk: Desk): void {
  const { lab } = desk;
  const many = (times: number, text: string) => Array.from({ length: times }, (_, index) => (times === 1 ? text : `${text} ${index + 1}`));
  router.post('/incoming', (request, response) => {
    const { times = 1, ...given } = Incoming.parse(request.body);
    need(desk, given.to);
    response.json({ ids: many(times, given.text).map((text) => takeMessage(lab, { ...given, text, via: 'control' }).message.id) });
  });
  router.post('/outgoing', (request, response) => {
    const { times = 1, ...given } = Outgoing.parse(request.body);
    need(desk, given.from);
    response.json({ ids: many(times, given.text).map((text) => takeMessage(lab, { ...given, text, via: 'phone' }).message.id) });
  });
  router.post('/read', (request, response) => {
    const { number, peer } = NumberAndPeer.parse(request.body);
    markRead(lab, need(desk, number).number, peer);
    response.json({ ok: true });
  });
  router.post('/draft', (request, response) => {
    const { number, peer, text } = SetDraft.parse(request.body);
    need(desk, number);
    setDraft(lab, number, peer, { text, by: null });
    response.json({ ok: true });
  });
}

function truth(router: Router, { lab }: Desk): void {
  router.get('/messages', (request, response) => void response.json({ messages: messagesBetween(lab, MessageQuery.parse(request.query)) }));
  router.get('/chats', (request, response) => {
    const { number } = NumberOnly.parse(request.query);
    response.json({ chats: chatsOf(lab, number).map((chat) => phoneChat(lab, chat)) });
  });
  router.get('/counts', (_request, response) => void response.json(countMessages(lab)));
  router.get('/events', (request, response) => {
    const { after } = EventQuery.parse(request.query);
    response.json({ events: lab.events.filter((event) => event.seq > after) });
  });
  router.get('/events/stream', (request, response) => {
    response.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).flushHeaders();
    const listener = (event: NumberedEvent) => void response.write(`data: ${JSON.stringify(event)}\n\n`);
    lab.listeners.add(listener);
    request.on('close', () => lab.listeners.delete(listener));
  });
  router.get('/settings', (_request, response) => void response.json(lab.settings));
  router.post('/settings', (request, response) => {
    const { qr, ...rest } = NewSettings.parse(request.body);
    Object.assign(lab.settings, defined(rest));
    Object.assign(lab.settings.qr, defined(qr ?? {}));
    response.json(lab.settings);
  });
  router.post('/reset', (_request, response) => {
    resetLab(lab);
    response.json({ ok: true });
  });
}

class UnknownAccount extends Error {}

function need({ lab }: Desk, number: string): Account {
  const account = lab.accounts.get(number);
  if (!account) throw new UnknownAccount(`No account ${number} in the lab`);
  return account;
}

/** Without the fields that were left out, so that spreading keeps what was there. */
function defined<T extends object>(given: T): T {
  // Only keys of T with a value are copied, so what comes out is a T whose optional fields are absent instead of undefined.
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T;
}

/** Express needs all four parameters to know an error handler. */
export function answerErrors(error: unknown, _request: Request, response: Response, _next: unknown): void {
  if (error instanceof z.ZodError) response.status(400).json({ error: 'invalid', issues: error.issues });
  else if (error instanceof UnknownAccount) response.status(404).json({ error: error.message });
  else response.status(500).json({ error: error instanceof Error ? error.message : 'unknown' });
}
