import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { PageInput } from '#core/control.ts';
import { inWorkspace } from '#sql/database.ts';
import type { ControlLine } from './control-dial.ts';
import { openLine } from './testing/socket-line.ts';
import { registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

let server: TestServer;
let owner: Awaited<ReturnType<typeof registerPerson>>;
let profileId: string;
/** The worker's end of each line that was dialled. */
type Dialled = { controlId: string; arrived: PageInput[]; letIn: () => void; isClosed: boolean };
let dialled: Dialled[] = [];

beforeAll(async () => {
  server = await startTestServer({
    dialControl: (_place, controlId): ControlLine => {
      const ready = Promise.withResolvers<boolean>();
      const end: Dialled = { controlId, arrived: [], letIn: () => ready.resolve(true), isClosed: false };
      dialled.push(end);
      return {
        ...{ send: (inputs) => void end.arrived.push(...inputs), look: () => undefined, ready: ready.promise },
        ...{ over: Promise.withResolvers<never>().promise, close: () => Object.assign(end, { isClosed: true }) },
      };
    },
  });
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async () => {
  dialled = [];
  owner = await registerPerson(server);
  const added = await server.call('POST', '/api/profiles', { token: owner.token, body: { name: 'Ann', channel: 'converse' } });
  expect(added.body).toMatchObject({ id: expect.any(String) });
  profileId = added.body.id;
});

async function sitting(token = owner.token) {
  const line = await openLine(server.url);
  line.say({ type: 'authenticate', token });
  await line.hears('ready');
  return line;
}
const take = { type: 'take_control' } as const;
const secret = 'the password of a person';
const inputs: PageInput[] = [
  { act: 'move', x: 1, y: 1 },
  { act: 'press', x: 1, y: 1, button: 'left', clicks: 1 },
  { act: 'insert', text: secret },
];
const auditRows = () =>
  inWorkspace(server.database.db, owner.workspaceId, (trx) =>
    trx.selectFrom('audit').selectAll().where('subject_id', '=', profileId).where('action', 'like', '%Control').orderBy('id').execute(),
  );
const holder = async () => (await server.call('GET', `/api/profiles/${profileId}`, { token: owner.token })).body.control;

test('two people ask at once: one gets the page, the other hears who has it, and only the first reaches it', async () => {
  const [one, two] = [await sitting(), await sitting()];
  for (const line of [one, two]) line.say({ ...take, profileId });
  const [first, second] = await Promise.all([one.hears('control'), two.hears('control')]);
  expect([first.control.is, second.control.is].toSorted()).toEqual(['taken', 'waiting']);
  const [winner, loser] = first.control.is === 'waiting' ? [one, two] : [two, one];
  const end = dialled[0];
  expect(dialled).toHaveLength(1);
  // Granted, but the script has not come to its boundary yet: nothing may be typed into its step.
  for (const line of [winner, loser]) line.say({ type: 'input', inputs });
  winner.say({ type: 'ping' });
  await winner.hears('pong');
  expect(end?.arrived).toEqual([]);
  end?.letIn();
  await winner.hears('control', ({ control }) => control.is === 'yours');
  for (const line of [winner, loser]) line.say({ type: 'input', inputs });
  await expect.poll(() => end?.arrived).toEqual(inputs);
  expect(await holder()).toMatchObject({ personId: owner.personId });
  winner.say({ type: 'give_back', goOn: 'resume' });
  expect((await winner.hears('control', ({ control }) => control.is === 'over')).control).toEqual({ is: 'over', why: 'given_back' });
  winner.say({ type: 'input', inputs });
  winner.say({ type: 'keep_control' });
  loser.say({ ...take, profileId });
  await loser.hears('control', ({ control }) => control.is === 'waiting');
  expect(end).toMatchObject({ arrived: inputs, isClosed: true });
});

test('a lost connection gives the page back at once, and the audit holds a count and no typed word', async () => {
  const line = await sitting();
  line.say({ ...take, profileId });
  await line.hears('control');
  dialled[0]?.letIn();
  await line.hears('control', ({ control }) => control.is === 'yours');
  line.say({ type: 'input', inputs });
  await expect.poll(() => dialled[0]?.arrived.length).toBe(3);
  line.close();
  await expect.poll(async () => (await auditRows()).length).toBe(2);
  expect(await holder()).toBeNull();
  const [begun, ended] = await auditRows();
  expect(begun).toMatchObject({ action: 'takeControl', person_id: owner.personId });
  expect(ended).toMatchObject({ action: 'endControl', person_id: owner.personId, detail: { inputs: 2, why: 'connection_lost' } });
  expect(JSON.stringify([await auditRows(), server.logged])).not.toContain(secret);
});

test('nobody controls a profile of another workspace, and a hand that types fast is not cut off', async () => {
  const stranger = await sitting((await registerPerson(server)).token);
  stranger.say({ ...take, profileId });
  expect((await stranger.hears('refused')).code).toBe('not_found');
  const line = await sitting();
  line.say({ ...take, profileId });
  await line.hears('control');
  dialled[0]?.letIn();
  await line.hears('control', ({ control }) => control.is === 'yours');
  for (let nth = 0; nth < 300; nth += 1) line.say({ type: 'input', inputs: [{ act: 'move', x: nth, y: 1 }] });
  await expect.poll(() => dialled[0]?.arrived.length).toBe(300);
});

test('while a person has the page everybody reads who, and of the others only an admin may stop the profile', async () => {
  const [email, username] = [`${randomUUID()}@example.test`, `op${randomUUID().slice(0, 8)}`];
  await server.call('POST', '/api/people', { token: owner.token, body: { email, username, role: 'operator', password: 'twelve letters' } });
  const operator = (await server.call('POST', '/api/auth/login', { body: { email, password: 'twelve letters' } })).body.accessToken;
  const stop = (token: string) => server.call('POST', `/api/profiles/${profileId}/stop`, { token });
  const line = await sitting();
  line.say({ ...take, profileId });
  await line.hears('control');
  const { body } = await server.call('GET', '/api/profiles', { token: operator });
  const { email: mail } = (await server.call('GET', '/api/auth/me', { token: owner.token })).body;
  expect(body.rows).toMatchObject([{ id: profileId, control: { personId: owner.personId, email: mail, since: expect.any(String) } }]);
  expect(await stop(operator)).toMatchObject({ status: 409, body: { error: { code: 'in_use', message: expect.stringContaining(mail) } } });
  expect((await stop(owner.token)).status).toBe(202);
  line.close();
  await expect.poll(holder).toBeNull();
  expect((await stop(operator)).status).toBe(202);
});
