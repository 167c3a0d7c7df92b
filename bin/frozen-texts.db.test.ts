import { afterAll, beforeAll, expect, test } from 'vitest';
import { registerPerson, startTestServer, type TestServer } from '#server/testing/start-test-server.ts';
import { createPlanner } from '#workers/plan.ts';
import { type MailLanes, openMailLanes } from '#workers/testing/mail-lanes.ts';
import { type MetaLanes, openMetaLanes } from '#workers/testing/meta-lanes.ts';
import { metaOutbox } from '#workers/testing/meta-outbox.ts';
import { layLaneGround } from '#workers/testing/open-lanes.ts';

let server: TestServer;
let ann: Awaited<ReturnType<typeof registerPerson>>;
let ground: Awaited<ReturnType<typeof layLaneGround>>;
let mail: MailLanes;
let meta: MetaLanes;
beforeAll(async () => {
  server = await startTestServer();
  ann = await registerPerson(server);
  ground = await layLaneGround(server.database, ann.workspaceId);
  mail = await openMailLanes({ accounts: 1, pool: 2, ground });
  meta = await openMetaLanes(ground);
});
afterAll(async () => {
  await mail[Symbol.asyncDispose]();
  await meta.site.close();
  await server[Symbol.asyncDispose]();
});

async function call(method: string, path: string, body?: object) {
  const reply = await server.call(method, `/api${path}`, { token: ann.token, body });
  if (reply.status >= 300 && reply.body.error?.code !== 'in_use') throw new Error(`${method} ${path}: ${JSON.stringify(reply.body)}`);
  return reply.body;
}

/** Numbers that look random and are the same for the same seed. */
function diceOf(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * sides);
  };
}

const people = 7;
const nameOf = (seed: number, n: number) => `Ännä ${seed} <№ ${n}> & "Co" 🌻`;

/** A list of people of whom each third has no city, and what stands instead of it is the template's. */
async function addPeople(seed: number): Promise<{ listId: string; contactIds: string[] }> {
  const { id: listId } = await call('POST', '/lists', { name: `list ${seed}` });
  const contactIds: string[] = [];
  for (let n = 0; n < people; n += 1) {
    const fields = { order: `A-${n}\u00a0${'x'.repeat(n)}`, ...(n % 3 === 0 ? {} : { city: `Straße ${n}` }) };
    const addresses = { email: `p${seed}-${n}@example.com`, phone: `+49170${5_550_000 + seed * 100 + n}` };
    contactIds.push((await call('POST', `/lists/${listId}/entries`, { name: nameOf(seed, n), fields, ...addresses })).id);
  }
  return { listId, contactIds };
}

const version = {
  subject: 'Order {{order}} for {{name}}',
  body: 'Hello {{first_name}} ({{name}}),\n{{order}} goes to {{default city "your town"}}.\n — us',
  html: '<style>p { color: red }</style><p>Hello {{name}}, <b>{{order}}</b> goes to {{default city "your town"}}.</p>',
};
const ready = (word: string) => ({ template: { name: 'ready', language: 'en_US', body: [`${word} {{name}} {{default city "your town"}}`] } });

type Stage = { seed: number; listId: string; contactIds: string[]; templateId: string };
/** What people do to the sources while a campaign runs. */
const edits: ((stage: Stage) => Promise<unknown>)[] = [
  ({ templateId }) => call('PUT', `/templates/${templateId}`, { subject: 'Newer', body: 'Newer {{name}}', html: null, extras: null }),
  ({ templateId }) => call('DELETE', `/templates/${templateId}`),
  ({ listId, seed }) => call('PATCH', `/lists/${listId}`, { name: `renamed ${seed}` }),
  ({ listId, contactIds }) => call('DELETE', `/lists/${listId}/entries/${contactIds[5]}`),
  ({ listId, seed }) =>
    call('POST', `/lists/${listId}/entries`, {
      name: 'Late',
      fields: { order: 'none' },
      email: `late-${seed}@example.com`,
      phone: `+49170${5_550_050 + seed * 100}`,
    }),
  ({ contactIds }) => call('PATCH', `/contacts/${contactIds[6]}`, { name: 'Another', fields: { order: 'B', city: 'Elsewhere', language: 'ru' } }),
  ({ contactIds }) => call('PATCH', `/contacts/${contactIds[3]}`, { name: 'Somebody', fields: {} }),
];

/** Starts a campaign, and between its slices does all the edits in an order of their own; answers what was shown before. */
async function runEdited(seed: number, { accountId, extras, slice }: { accountId: string; extras?: object; slice: () => Promise<void> }) {
  const { listId, contactIds } = await addPeople(seed);
  const { id: templateId } = await call('POST', '/templates', { name: `template ${seed}`, ...version, ...(extras ? { extras } : {}) });
  const audience = { listIds: [listId] };
  const { id } = await call('POST', '/campaigns', { name: `campaign ${seed}`, templateId, senderIds: [accountId], audience });
  const shown = (await call('GET', `/campaigns/${id}/recipients`)).rows;
  const whole = await Promise.all(contactIds.map((contactId) => call('POST', '/templates/preview', { templateId, contactId })));
  expect(whole.map(({ text }) => text)).toEqual(shown.map((row: { text: string }) => row.text));
  await call('POST', `/campaigns/${id}/start`);
  const planner = createPlanner({ db: server.database.db, queue: ground.queue, tell: () => undefined });
  await planner({ workspaceId: ann.workspaceId, campaignId: id }, AbortSignal.timeout(30_000));
  expect(await call('GET', `/campaigns/${id}/since-freeze`)).toEqual({ isTemplateChanged: false, added: 0, gone: 0, changed: 0, rows: [] });
  const dice = diceOf(seed);
  const left = [...edits];
  const edit = async (nth: number) => left.splice(nth, 1)[0]?.({ seed, listId, contactIds, templateId });
  // A lane may send all at once: the text and some more are others before its first slice.
  await edit(0);
  for (let nth = 2 + dice(3); nth > 0; nth -= 1) await edit(dice(left.length));
  for (let slices = 0; left.length > 0 || (await ground.states(id)).planned; slices += 1) {
    if (slices > 30) throw new Error(`not all is sent: ${JSON.stringify(await ground.states(id))}`);
    await slice();
    if (left.length > 0) await edit(dice(left.length));
  }
  expect(await ground.states(id)).toEqual({ sent: people });
  // From the start on, the preview is what was frozen; and what has changed is told.
  expect((await call('GET', `/campaigns/${id}/recipients`)).rows).toEqual(shown);
  const since = await call('GET', `/campaigns/${id}/since-freeze`);
  expect(since).toMatchObject({ isTemplateChanged: true, added: 1, gone: 1, changed: 2 });
  expect(since.rows.map(({ change, name }: { change: string; name: string }) => `${change} ${name}`).toSorted()).toEqual(
    ['added Late', `changed ${nameOf(seed, 3)}`, `changed ${nameOf(seed, 6)}`, `gone ${nameOf(seed, 5)}`].toSorted(),
  );
  return whole;
}

test.each([1, 2])('mails are byte for byte what was shown before the start, whatever is edited meanwhile (seed %i)', async (seed) => {
  const shown = await runEdited(seed, { accountId: mail.accountIds[0] ?? '', slice: () => mail.runSlice(mail.accountIds[0] ?? '') });
  const got = (await mail.catcher.messages()).filter(
    (one) => JSON.stringify(one.to).includes(`p${seed}-`) || JSON.stringify(one.to).includes(`late-${seed}`),
  );
  const sortable = ({ subject, text, html }: { subject: string | null; text: string | null; html: string | null }) =>
    JSON.stringify([subject, text?.trimEnd(), html?.trimEnd()]);
  expect(got.map(sortable).toSorted()).toEqual(shown.map(sortable).toSorted());
});

test('what Meta is asked to send are the text and the values that were shown before the start', async () => {
  const slice = () => meta.runSlice('whatsapp');
  const shown = await runEdited(3, { accountId: meta.accounts.whatsapp, extras: ready('Dear'), slice });
  const texts = metaOutbox(meta)
    .all()
    .map(({ text }) => text);
  const expected = shown.map((_, n) => `Hello Dear ${nameOf(3, n)} ${n % 3 === 0 ? 'your town' : `Straße ${n}`}, your order is ready.`);
  expect(texts.toSorted()).toEqual(expected.toSorted());
});
