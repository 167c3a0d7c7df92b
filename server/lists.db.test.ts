import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inWorkspace } from '#sql/database.ts';
import { giveUpImport } from '#sql/imports.ts';
import { registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

let server: TestServer;
let ann: Awaited<ReturnType<typeof registerPerson>>;
let other: Awaited<ReturnType<typeof registerPerson>>;
beforeAll(async () => {
  server = await startTestServer();
  ann = await registerPerson(server);
  other = await registerPerson(server);
});
afterAll(() => server[Symbol.asyncDispose]());

const call = (method: string, path: string, body?: unknown) => server.call(method, `/api${path}`, { token: ann.token, body });
const asOther = (method: string, path: string, body?: unknown) => server.call(method, `/api${path}`, { token: other.token, body });
const addList = async (name: string): Promise<string> => (await call('POST', '/lists', { name })).body.id;
const addPerson = async (list: string, person: unknown) => (await call('POST', `/lists/${list}/entries`, person)).body;
function form(name: string, content: string, fields: Record<string, string> = {}): FormData {
  const data = new FormData();
  data.set('file', new File([content], name));
  for (const [field, value] of Object.entries(fields)) data.set(field, value);
  return data;
}

/** Deliveries as a plan would have left them. */
async function planFor(contactId: string, address: string): Promise<string> {
  return inWorkspace(server.database.db, ann.workspaceId, async (trx) => {
    const place = { workspace_id: ann.workspaceId };
    const account = await trx
      .insertInto('accounts')
      .values({ ...place, channel: 'email', addressed_by: 'email', name: `mail ${Math.random()}` })
      .returning('id')
      .executeTakeFirstOrThrow();
    const campaign = await trx
      .insertInto('campaigns')
      .values({ ...place, name: `sale ${Math.random()}`, state: 'running' })
      .returning('id')
      .executeTakeFirstOrThrow();
    const delivery = {
      ...place,
      campaign_id: campaign.id,
      account_id: account.id,
      contact_id: contactId,
      address_kind: 'email',
      address,
      body: 'Hello',
    };
    return (await trx.insertInto('deliveries').values(delivery).returning('id').executeTakeFirstOrThrow()).id;
  });
}
const stateOf = (deliveryId: string) =>
  inWorkspace(server.database.db, ann.workspaceId, async (trx) => {
    const { rows } = await sql<{ state: string; reason: string | null; campaign: string }>`
      select d.state, d.reason, c.state as campaign from deliveries d join campaigns c on c.id = d.campaign_id where d.id = ${deliveryId}`.execute(
      trx,
    );
    return rows[0];
  });

describe('a list', () => {
  test('is added, renamed, counted and removed, and its name is taken once', async () => {
    const id = await addList('Customers');
    expect((await call('POST', '/lists', { name: 'Customers' })).status).toBe(409);
    expect((await call('PATCH', `/lists/${id}`, { name: 'Clients' })).body).toMatchObject({ name: 'Clients', entries: 0 });
    await addPerson(id, { name: 'Ann', phone: '0170 1234567', email: 'Ann@Example.com', fields: { 'Order No.': '7' } });
    expect((await call('GET', '/lists')).body.rows).toContainEqual(expect.objectContaining({ id, entries: 1, phones: 1, emails: 1, suppressed: 0 }));
    expect((await call('DELETE', `/lists/${id}`)).status).toBe(204);
    expect((await call('GET', `/lists/${id}`)).status).toBe(404);
  });

  test('holds people in order, page by page, and finds them by name and address', async () => {
    const id = await addList('Many');
    for (const at of [1, 2, 3]) await addPerson(id, { name: `Person ${at}`, email: `person${at}@pages.example.com` });
    const first = await call('GET', `/lists/${id}/entries?limit=2`);
    expect(first.body.rows.map((row: { name: string }) => row.name)).toEqual(['Person 1', 'Person 2']);
    const second = await call('GET', `/lists/${id}/entries?limit=2&cursor=${first.body.next}`);
    expect(second.body).toMatchObject({ rows: [{ name: 'Person 3' }], next: null });
    expect((await call('GET', `/lists/${id}/entries?search=PERSON2@`)).body.rows).toHaveLength(1);
    expect((await call('GET', `/lists/${id}/entries?search=%25`)).body.rows).toHaveLength(0);
  });

  test('takes the same person once, known by any address, and says which address is wrong', async () => {
    const id = await addList('Once');
    const ann1 = await addPerson(id, { name: 'Bo', phone: '+55 11 98888-0001' });
    expect(await addPerson(id, { name: 'Bo Lind', phone: '+55 11 8888-0001', email: 'bo@once.example.com' })).toMatchObject({
      id: ann1.id,
      name: 'Bo Lind',
      phone: '+5511988880001',
      email: 'bo@once.example.com',
    });
    expect((await call('GET', `/lists/${id}`)).body.entries).toBe(1);
    const wrong = await call('POST', `/lists/${id}/entries`, { name: 'X', phone: '12', email: 'a@@b' });
    expect(wrong).toMatchObject({ status: 400, body: { error: { fields: { phone: expect.any(String), email: expect.any(String) } } } });
    expect((await call('POST', `/lists/${id}/entries`, { name: 'Nobody' })).status).toBe(400);
  });

  test('of another workspace is not there, nor are its people', async () => {
    const id = await addList('Private');
    const person = await addPerson(id, { name: 'Eve', email: 'eve@private.example.com' });
    for (const path of [`/lists/${id}`, `/lists/${id}/entries`, `/contacts/${person.id}`]) {
      expect((await call('GET', path)).status).toBe(200);
      expect((await asOther('GET', path)).status).toBe(404);
    }
    expect((await asOther('POST', `/contacts/${person.id}/suppress`, {})).status).toBe(404);
    expect((await asOther('PATCH', `/contacts/${person.id}`, { name: 'Mallory' })).status).toBe(404);
  });
});

test('a contact changes its addresses; one that is somebody else’s, or the last one, stays', async () => {
  const id = await addList('Changes');
  const cy = await addPerson(id, { name: 'Cy', email: 'cy@changes.example.com' });
  await addPerson(id, { name: 'Di', email: 'di@changes.example.com' });
  expect((await call('PATCH', `/contacts/${cy.id}`, { email: 'cy2@changes.example.com', fields: { City: 'Rome' } })).body).toMatchObject({
    name: 'Cy',
    email: 'cy2@changes.example.com',
    fields: { city: 'Rome' },
  });
  expect((await call('PATCH', `/contacts/${cy.id}`, { email: 'DI@changes.example.com' })).status).toBe(409);
  expect((await call('PATCH', `/contacts/${cy.id}`, { email: '' })).status).toBe(400);
  expect((await call('GET', `/contacts/${cy.id}`)).body.email).toBe('cy2@changes.example.com');
});

test('a list and a segment are saved whole as a file that no spreadsheet runs, a column for each field', async () => {
  const id = await addList('File');
  await addPerson(id, { name: '=HYPERLINK("x")', email: 'eva@file.example.com', fields: { City: 'Rome, "old town"' } });
  await addPerson(id, { name: 'Finn', phone: '+49 170 1111111', fields: { Size: '-4' } });
  await inWorkspace(server.database.db, ann.workspaceId, (trx) =>
    sql`with made as (insert into contacts (workspace_id, name) select ${ann.workspaceId}, 'Many ' || n from generate_series(1, 2100) n returning id)
      insert into list_entries (workspace_id, list_id, contact_id) select ${ann.workspaceId}, ${id}, id from made`.execute(trx),
  );
  const saved = await call('GET', `/lists/${id}/export`);
  expect(saved.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  const [head, eva, finn, ...many] = String(saved.body).trim().split('\r\n');
  expect(head).toBe('name,phone,email,jid,handle,zone,no_messages_since,added,city,size');
  expect(eva).toMatch(/^"'=HYPERLINK\(""x""\)",,eva@file\.example\.com,,,,,[^,]+,"Rome, ""old town""",$/);
  expect(finn).toMatch(/^Finn,\+491701111111,,,,[^,]*,,[^,]+,,-4$/);
  expect(new Set(many).size).toBe(2100);
  const filter = { match: 'all', conditions: [{ of: 'list', is: 'on', id }] };
  const { body: segment } = await call('POST', '/segments', { name: 'Of the file', filter });
  const lines = String((await call('GET', `/segments/${segment.id}/export`)).body)
    .trim()
    .split('\r\n');
  expect(new Set(lines)).toEqual(new Set([head, eva, finn, ...many]));
  for (const path of [`/lists/${id}/export`, `/segments/${segment.id}/export`]) expect((await asOther('GET', path)).status).toBe(404);
});

test('whoever asks to be left alone gets nothing that was planned, on any channel, until they agree again', async () => {
  const person = await addPerson(await addList('Stop'), { name: 'Stan', email: 'stan@stop.example.com', phone: '+49 170 7654321' });
  const planned = [await planFor(person.id, 'stan@stop.example.com'), await planFor(person.id, 'stan@stop.example.com')];
  expect((await call('POST', `/contacts/${person.id}/suppress`, { note: 'by phone' })).body.suppressedAt).toEqual(expect.any(String));
  for (const delivery of planned) expect(await stateOf(delivery)).toEqual({ state: 'skipped', reason: 'suppressed', campaign: 'finished' });
  expect((await call('POST', `/contacts/${person.id}/unsuppress`, { note: 'asked again' })).body.suppressedAt).toBeNull();
  expect((await call('POST', `/contacts/${person.id}/consents`, { state: 'given', evidence: 'signed at the fair' })).status).toBe(201);
  const { rows } = (await call('GET', `/contacts/${person.id}/consents`)).body;
  expect(rows.map((one: { state: string; evidence: string; person: string }) => [one.state, one.evidence, one.person])).toEqual([
    ['given', 'signed at the fair', expect.any(String)],
    ['lifted', 'asked again', expect.any(String)],
    ['refused', expect.stringMatching(/: by phone$/), expect.any(String)],
  ]);
});

describe('rules about addresses', () => {
  test('are kept in the form of addresses, once each', async () => {
    const add = async (rule: unknown) => (await call('POST', '/address-rules', rule)).body;
    expect(await add({ effect: 'deny', kind: 'phone', value: '0170 999 88 77' })).toMatchObject({ value: '+491709998877' });
    expect(await add({ effect: 'deny', kind: 'domain', value: '@Rules.Example.COM' })).toMatchObject({ value: 'rules.example.com' });
    expect(await add({ effect: 'allow', kind: 'country', value: 'de' })).toMatchObject({ value: 'DE' });
    expect((await call('POST', '/address-rules', { effect: 'deny', kind: 'phone', value: '+49 170 9998877' })).status).toBe(409);
    expect((await call('POST', '/address-rules', { effect: 'deny', kind: 'country', value: 'Germany' })).status).toBe(400);
    const { rows } = (await call('GET', '/address-rules?effect=allow')).body;
    expect(rows).toHaveLength(1);
    expect((await call('DELETE', `/address-rules/${rows[0].id}`)).status).toBe(204);
    expect((await asOther('GET', '/address-rules')).body.rows).toEqual([]);
  });

  test('that deny reach what is planned already', async () => {
    const person = await addPerson(await addList('Denied'), { name: 'Dee', email: 'dee@denied.example.com', phone: '+34 600 000 001' });
    const byDomain = await planFor(person.id, 'dee@denied.example.com');
    await call('POST', '/address-rules', { effect: 'deny', kind: 'domain', value: 'denied.example.com' });
    expect(await stateOf(byDomain)).toMatchObject({ state: 'skipped', reason: 'denied' });
    const byCountry = await planFor(person.id, 'dee@denied.example.com');
    await call('POST', '/address-rules', { effect: 'deny', kind: 'country', value: 'ES' });
    expect(await stateOf(byCountry)).toMatchObject({ state: 'skipped', reason: 'denied' });
  });
});

describe('an import', () => {
  test('is previewed and started over a form, and its job waits for a worker', async () => {
    const id = await addList('Import');
    const file = 'Telefon;Name;Ort\n0170 1112223;Ann;Köln\n';
    expect((await call('POST', '/imports/preview', form('list.csv', file))).body).toMatchObject({
      headerRow: 1,
      rowCount: 1,
      mapping: { phone: 'Telefon', fields: { Ort: 'ort' } },
    });
    const started = await call(
      'POST',
      `/lists/${id}/imports`,
      form('list.csv', file, { mapping: JSON.stringify({ phone: 'Telefon', fields: {} }), defaultCountry: 'DE' }),
    );
    expect(started).toMatchObject({ status: 202, body: { state: 'running', rowsRead: 0, fileName: 'list.csv' } });
    const { rows } = await sql`select 1 from pgboss.job where name = 'import' and data ->> 'importId' = ${started.body.id}`.execute(
      server.database.db,
    );
    expect(rows).toHaveLength(1);
    expect((await asOther('GET', `/imports/${started.body.id}`)).status).toBe(404);
    expect((await asOther('POST', `/lists/${id}/imports`, form('list.csv', file))).status).toBe(404);
    expect((await call('POST', `/imports/${started.body.id}/stop`, {})).body.state).toBe('stopped');
    expect((await call('GET', `/imports/${started.body.id}/rejects`)).body).toEqual({ rows: [], next: null });
  });

  test('asks for a country that has phone numbers, as the workspace does', async () => {
    const refused = { status: 400, body: { error: { fields: { defaultCountry: expect.stringContaining('such as DE') } } } };
    const id = await addList('Nowhere');
    expect(await call('POST', `/lists/${id}/imports`, form('list.csv', 'phone\n0170 1112223\n', { defaultCountry: 'ZZ' }))).toMatchObject(refused);
    expect(await call('PATCH', '/workspace', { defaultCountry: 'ZZ' })).toMatchObject(refused);
    expect((await call('PATCH', '/workspace', { defaultCountry: 'AT' })).body).toMatchObject({ defaultCountry: 'AT' });
    expect((await call('PATCH', '/workspace', { defaultCountry: 'DE' })).status).toBe(200);
  });

  test('that was given up is tried again by a person, with a job of its own; one that ended otherwise is not', async () => {
    const id = await addList('Retry');
    const { body: started } = await call('POST', `/lists/${id}/imports`, form('list.csv', 'Phone\n0170 1112223\n'));
    expect((await call('POST', `/imports/${started.id}/retry`, {})).body.error.code).toBe('wrong_state');
    await inWorkspace(server.database.db, ann.workspaceId, (trx) =>
      giveUpImport(trx, { workspaceId: ann.workspaceId, importId: started.id, now: new Date() }),
    );
    expect((await call('GET', `/imports/${started.id}`)).body).toMatchObject({ state: 'failed', canRetry: true, error: expect.any(String) });
    expect((await call('POST', `/imports/${started.id}/retry`, {})).body).toMatchObject({ state: 'running', canRetry: false, error: null });
    const { rows } = await sql`select 1 from pgboss.job where name = 'import' and data ->> 'importId' = ${started.id}`.execute(server.database.db);
    expect(rows).toHaveLength(2);
    await call('POST', `/imports/${started.id}/stop`, {});
    expect((await call('POST', `/imports/${started.id}/retry`, {})).status).toBe(409);
  });

  test('of a renamed or unreadable file is refused at once', async () => {
    const id = await addList('Refused');
    expect((await call('POST', `/lists/${id}/imports`, form('list.csv', '%PDF-1.7 …'))).status).toBe(415);
    expect((await call('POST', '/imports/preview', form('list.xlsx', 'Phone,Name'))).status).toBe(415);
    expect((await call('POST', `/lists/${id}/imports`, {})).status).toBe(400);
  });
});

describe('a template', () => {
  test('keeps its versions, and one that cannot be sent is refused with its place', async () => {
    const added = await call('POST', '/templates', { name: 'Hello', subject: 'For {{name}}', body: 'Hi {name}, {{city}}' });
    expect(added).toMatchObject({ status: 201, body: { version: 1, variables: ['name', 'city'], usedBy: 0 } });
    const path = `/templates/${added.body.id}`;
    expect((await call('PUT', path, { name: 'Hello you' })).body).toMatchObject({ name: 'Hello you', version: 1 });
    expect((await call('PUT', path, { body: 'Hi {{name}}' })).body).toMatchObject({ version: 2, variables: ['name'], subject: 'For {{name}}' });
    expect(await call('PUT', path, { body: 'Hi\n{{#each x}}{{/each}}' })).toMatchObject({
      status: 422,
      body: { error: { fields: { body: expect.stringContaining('each') } } },
    });
    expect((await asOther('GET', path)).status).toBe(404);
    expect((await call('DELETE', path)).status).toBe(204);
  });

  test('is previewed with a contact’s fields, given values over them, and what is missing', async () => {
    const person = await addPerson(await addList('Preview'), { name: 'Ann Lee', email: 'ann@preview.example.com', fields: { 'Order No.': '7' } });
    const preview = await call('POST', '/templates/preview', {
      subject: '{{first_name}}',
      body: 'Order {{order_no}} for {{name}} {{town}}',
      html: '<b>{{name}}</b>',
      contactId: person.id,
      values: { name: 'A & B' },
    });
    expect(preview.body).toEqual({
      subject: 'Ann',
      text: 'Order 7 for A & B ',
      html: '<b>A &amp; B</b>',
      variables: ['first_name', 'order_no', 'name', 'town'],
      missing: ['town'],
      length: 18,
    });
    expect((await call('POST', '/templates/preview', {})).status).toBe(400);
  });
});
