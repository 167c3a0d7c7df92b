import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import { type AccountBodies, EventQuery, oneOrMany } from './control-schemas.ts';
import { listen } from './event-log.ts';
import type { PageFrame } from './model.ts';
import type { MessageFilter } from './truth.ts';

/** What the common calls need of a lab. */
type CommonLab<Account> = {
  settings: object;
  accounts: Map<string, Account>;
  peers: Map<string, object>;
  events: { seq: number }[];
  listeners: Set<(event: never) => void>;
};

/** A messenger's own bodies, and its functions behind the common calls. */
type Rules<Lab, Account extends { faults: object }, NewAccount, NewPeer> = {
  bodies: AccountBodies;
  NewAccount: z.ZodType<NewAccount>;
  NewPeer: z.ZodType<NewPeer>;
  NewFaults: z.ZodType<Partial<Account['faults']>>;
  noFaults: Account['faults'];
  putAccount: (lab: Lab, given: NewAccount | Account) => Account;
  putPeer: (lab: Lab, given: NewPeer) => object;
  markRead: (lab: Lab, account: string, peer: string) => void;
  setDraft: (lab: Lab, account: string, peer: string, draft: { text: string; by: null }) => void;
  messages: (lab: Lab, filter: MessageFilter) => object[];
  counts: (lab: Lab) => object;
  changeSettings: (lab: Lab, body: unknown) => void;
  reset: (lab: Lab) => void;
};

/**
 * What the control API of every messenger can do, JSON in and out, under `/control`. `A` stands for the field that names an account: its
 * `number` or its id as `account`. A refused body is 400 `{error, issues}`, an unknown account or peer 404 `{error}`.
 *
 * | call | what it does, reply |
 * |---|---|
 * | POST /accounts, one or an array | makes or changes accounts → `{accounts}` |
 * | GET /accounts | → `{accounts}` each with its faults |
 * | POST /peers, one or an array | makes or changes who is played by a script → `{count}` |
 * | GET /peers | → `{peers}` |
 * | POST /faults `{A?, faults}` | sets some faults of one account or of all → `{accounts}`; names in `model.ts` `Faults` |
 * | POST /faults/clear `{A?}` | back to none |
 * | POST /conflict `{A}` | open pages of the account show that it is open in another window → `{pages}` |
 * | POST /freeze-page `{A, ms}` | the page's own script stalls for so long → `{pages}` |
 * | POST /read `{A, peer}` | the account's phone reads the chat |
 * | POST /draft `{A, peer, text}` | a human's draft stands in that chat |
 * | GET /messages?account=&peer=&via=&since= | the lab's own truth, in order of arrival → `{messages}` with ids, times, keystroke times, resends |
 * | GET /counts | → `Counts` of `truth.ts`, with duplicates |
 * | GET /events?after= | → `{events}` numbered by `seq` |
 * | GET /events/stream | the same as server-sent events, from now on |
 * | POST /settings, GET /settings | timings, page size, dialect … (`Settings` in `model.ts`) |
 * | POST /reset | forgets everything; open pages lose their session |
 */
export function commonRoutes<Lab extends CommonLab<Account>, Account extends { faults: object }, NewAccount extends object, NewPeer extends object>(
  router: Router,
  lab: Lab,
  rules: Rules<Lab, Account, NewAccount, NewPeer>,
): void {
  people(router, lab, rules);
  faults(router, lab, rules);
  phones(router, lab, rules);
  truth(router, lab, rules);
}

function people<Lab extends CommonLab<Account>, Account extends { faults: object }, NewAccount extends object, NewPeer extends object>(
  router: Router,
  lab: Lab,
  rules: Rules<Lab, Account, NewAccount, NewPeer>,
): void {
  router.post('/accounts', (request, response) => {
    const accounts = oneOrMany(rules.NewAccount).parse(request.body);
    response.json({ accounts: accounts.map((given) => rules.putAccount(lab, defined(given))) });
  });
  router.get('/accounts', (_request, response) => void response.json({ accounts: [...lab.accounts.values()] }));
  router.post('/peers', (request, response) => {
    const peers = oneOrMany(rules.NewPeer).parse(request.body);
    for (const given of peers) rules.putPeer(lab, defined(given));
    response.json({ count: peers.length });
  });
  router.get('/peers', (_request, response) => void response.json({ peers: [...lab.peers.values()] }));
}

function faults<Lab extends CommonLab<Account>, Account extends { faults: object }>(
  router: Router,
  lab: Lab,
  rules: Pick<Rules<Lab, Account, never, never>, 'bodies' | 'NewFaults' | 'noFaults'> & { putAccount: (lab: Lab, given: Account) => Account },
): void {
  const Changed = rules.bodies.perhapsNamed({ faults: rules.NewFaults });
  const change = (id: string | null | undefined, changed: Partial<Account['faults']>) => {
    const accounts = id ? [needAccount(lab, id)] : [...lab.accounts.values()];
    return accounts.map((account) => rules.putAccount(lab, { ...account, faults: { ...account.faults, ...changed } }));
  };
  router.post('/faults', (request, response) => {
    const { account, faults: changed } = Changed.parse(request.body);
    response.json({ accounts: change(account, defined(changed)) });
  });
  router.post('/faults/clear', (request, response) => {
    const { account } = rules.bodies.AnyAccount.parse(request.body ?? {});
    response.json({ accounts: change(account, rules.noFaults) });
  });
}

/** What is told to the open pages of an account. */
export function pageRoutes(
  router: Router,
  { FreezePage, Account }: AccountBodies,
  hub: { toAccount: (account: string, frame: PageFrame) => number },
): void {
  router.post('/conflict', (request, response) => {
    const { account } = Account.parse(request.body);
    response.json({ pages: hub.toAccount(account, { t: 'conflict' }) });
  });
  router.post('/freeze-page', (request, response) => {
    const { account, ms } = FreezePage.parse(request.body);
    response.json({ pages: hub.toAccount(account, { t: 'freeze_page', ms }) });
  });
}

/** What the account's own phone does in a chat. */
function phones<Lab extends CommonLab<object>>(
  router: Router,
  lab: Lab,
  rules: {
    bodies: AccountBodies;
    markRead: (lab: Lab, account: string, peer: string) => void;
    setDraft: (lab: Lab, account: string, peer: string, draft: { text: string; by: null }) => void;
  },
): void {
  router.post('/read', (request, response) => {
    const { account, peer } = rules.bodies.AccountAndPeer.parse(request.body);
    needAccount(lab, account);
    rules.markRead(lab, account, peer);
    response.json({ ok: true });
  });
  router.post('/draft', (request, response) => {
    const { account, peer, text } = rules.bodies.Draft.parse(request.body);
    needAccount(lab, account);
    rules.setDraft(lab, account, peer, { text, by: null });
    response.json({ ok: true });
  });
}

function truth<Lab extends CommonLab<object>>(
  router: Router,
  lab: Lab,
  rules: {
    bodies: AccountBodies;
    messages: (lab: Lab, filter: MessageFilter) => object[];
    counts: (lab: Lab) => object;
    changeSettings: (lab: Lab, body: unknown) => void;
    reset: (lab: Lab) => void;
  },
): void {
  router.get('/messages', (request, response) => {
    response.json({ messages: rules.messages(lab, rules.bodies.Messages.parse(request.query)) });
  });
  router.get('/counts', (_request, response) => void response.json(rules.counts(lab)));
  router.get('/events', (request, response) => {
    const { after } = EventQuery.parse(request.query);
    response.json({ events: lab.events.filter((event) => event.seq > after) });
  });
  router.get('/events/stream', (request, response) => {
    response.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).flushHeaders();
    request.on(
      'close',
      listen(lab, (event) => void response.write(`data: ${JSON.stringify(event)}\n\n`)),
    );
  });
  router.get('/settings', (_request, response) => void response.json(lab.settings));
  router.post('/settings', (request, response) => {
    rules.changeSettings(lab, request.body);
    response.json(lab.settings);
  });
  router.post('/reset', (_request, response) => {
    rules.reset(lab);
    response.json({ ok: true });
  });
}

export class Unknown extends Error {}

export function needAccount<Account>({ accounts }: { accounts: Map<string, Account> }, id: string): Account {
  const account = accounts.get(id);
  if (!account) throw new Unknown(`No account ${id} in the lab`);
  return account;
}

/** The texts of `times` messages: one as it is, several with their number behind. */
export const numbered = (text: string, times: number): string[] =>
  Array.from({ length: times }, (_, index) => (times === 1 ? text : `${text} ${index + 1}`));

/** Without the fields that were left out, so that spreading keeps what was there. */
export function defined<T extends object>(given: T): T {
  // Only keys of T with a value are copied, so what comes out is a T whose optional fields are absent instead of undefined.
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T;
}

/** Express needs all four parameters to know an error handler. */
export function answerErrors(error: unknown, _request: Request, response: Response, _next: unknown): void {
  if (error instanceof z.ZodError) response.status(400).json({ error: 'invalid', issues: error.issues });
  else if (error instanceof Unknown) response.status(404).json({ error: error.message });
  else response.status(500).json({ error: error instanceof Error ? error.message : 'unknown' });
}
