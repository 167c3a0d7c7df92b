import { createTransport, type Transporter } from 'nodemailer';
import { afterEach, expect, test } from 'vitest';
import { type Catcher, startCatcher } from '#lab/mail/catcher.ts';

const open: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function catcher(options: Parameters<typeof startCatcher>[0] = {}): Promise<Catcher> {
  const started = await startCatcher(options);
  open.push(() => started.close());
  return started;
}

function sender(url: string): Transporter {
  const transport = createTransport(url);
  open.push(() => transport.close());
  return transport;
}

const mail = { from: 'Shop <shop@example.com>', to: 'Ann <ann@example.com>', subject: 'Grüße', text: 'Hello Ann', html: '<p>Hello <b>Ann</b></p>' };

async function json(url: string, init?: RequestInit): Promise<unknown> {
  return (await fetch(url, init)).json();
}

test('a mail is caught with and without signing in, and read back as it was written', async () => {
  const lab = await catcher();
  await sender(lab.smtpUrl).sendMail(mail);
  await sender(lab.smtpUrl.replace('//', '//user:secret@')).sendMail({ ...mail, to: 'bob@example.com' });
  const [second, first] = await lab.messages();
  expect(first).toMatchObject({ subject: 'Grüße', from: '"Shop" <shop@example.com>', text: 'Hello Ann', html: '<p>Hello <b>Ann</b></p>' });
  expect(first?.envelope).toEqual({ from: 'shop@example.com', to: ['ann@example.com'] });
  expect(second?.envelope.to).toEqual(['bob@example.com']);
});

test('the list is asked by recipient, by wildcard, by time and by number', async () => {
  const lab = await catcher();
  const out = sender(lab.smtpUrl);
  for (const to of ['Ann@example.com', 'joann@example.com', 'bob@example.org']) await out.sendMail({ ...mail, to });
  const asked = async (query: string): Promise<unknown[]> => (await json(`${lab.webUrl}/api/messages?${query}`)) as unknown[]; // the route answers an array
  expect(await asked('to=ann@example.com')).toHaveLength(1);
  expect(await asked('to=*@example.com')).toHaveLength(2);
  expect(await asked('limit=1')).toMatchObject([{ envelope: { to: ['bob@example.org'] } }]);
  expect(await asked('since=2999-01-01')).toEqual([]);
  expect((await fetch(`${lab.webUrl}/api/messages?limit=none`)).status).toBe(400);
});

test('the same delivery to the same recipient twice is counted as a duplicate', async () => {
  const lab = await catcher();
  const out = sender(lab.smtpUrl);
  const deliver = (to: string, delivery: string) => out.sendMail({ ...mail, to, headers: { 'X-Patchbay-Delivery': delivery } });
  await deliver('ann@example.com', 'd-1');
  await deliver('bob@example.com', 'd-2');
  await deliver('ann@example.com', 'd-1');
  expect(await json(`${lab.webUrl}/api/counts`)).toMatchObject({
    total: 3,
    recipients: 2,
    duplicates: [{ to: 'ann@example.com', delivery: 'd-1', times: 2 }],
  });
  expect(await json(`${lab.webUrl}/api/deliveries`)).toEqual({ 'd-1': 2, 'd-2': 1 });
});

test('beyond its cap the oldest mails go, the counts stay', async () => {
  const lab = await catcher({ maxMails: 3 });
  const out = sender(lab.smtpUrl);
  for (const number of [1, 2, 3, 4, 5]) await out.sendMail({ ...mail, subject: `${number}` });
  expect((await lab.messages()).map((one) => one.subject)).toEqual(['5', '4', '3']);
  expect(lab.counts()).toMatchObject({ total: 5, kept: 3 });
  expect((await fetch(`${lab.webUrl}/api/messages/3/raw`)).status).toBe(200);
  expect((await fetch(`${lab.webUrl}/api/messages/1/raw`)).status).toBe(404);
});

test('a recipient on the fault list is refused as often as told', async () => {
  const lab = await catcher();
  const faults = { rejectRecipients: [{ pattern: '*@bounce.example', code: 452, text: '4.2.2 Mailbox full', times: 1 }] };
  await fetch(`${lab.webUrl}/api/faults`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(faults) });
  const out = sender(lab.smtpUrl);
  await expect(out.sendMail({ ...mail, to: 'ann@bounce.example' })).rejects.toMatchObject({ responseCode: 452 });
  await out.sendMail({ ...mail, to: 'ann@bounce.example' });
  expect(lab.counts().total).toBe(1);
});

test('a connection that is cut after the data leaves the mail with us and the sender in doubt', async () => {
  const lab = await catcher();
  lab.setFaults({ dropAfterData: 1 });
  const out = sender(lab.smtpUrl);
  await expect(out.sendMail(mail)).rejects.toThrow();
  expect(lab.counts().total).toBe(1);
  await out.sendMail(mail);
  expect(lab.counts().total).toBe(2);
});

test('a mail that is deferred or cut at its beginning is not held', async () => {
  const lab = await catcher();
  const out = sender(lab.smtpUrl);
  lab.setFaults({ deferAfterData: 1 });
  await expect(out.sendMail(mail)).rejects.toMatchObject({ responseCode: 451 });
  lab.setFaults({ closeEvery: 2 });
  await out.sendMail(mail);
  await expect(out.sendMail(mail)).rejects.toThrow();
  expect(lab.counts().total).toBe(1);
});

test('a refused sign-in is told as such', async () => {
  const lab = await catcher();
  lab.setFaults({ refuseSignIn: true });
  await expect(sender(lab.smtpUrl.replace('//', '//user:secret@')).verify()).rejects.toMatchObject({ code: 'EAUTH' });
});

test('a stranger’s HTML is served without script, requests or a way out', async () => {
  const lab = await catcher();
  await sender(lab.smtpUrl).sendMail({ ...mail, html: '<script>alert(1)</script><img src="http://tracker.example/x.png">' });
  const [caught] = await lab.messages();
  const reply = await fetch(`${lab.webUrl}/api/messages/${caught?.id}/html`);
  expect(reply.headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'/);
});

test('deleting empties the catcher and its counts', async () => {
  const lab = await catcher();
  await sender(lab.smtpUrl).sendMail(mail);
  await fetch(`${lab.webUrl}/api/messages`, { method: 'DELETE' });
  expect(lab.counts()).toEqual({ total: 0, kept: 0, keptBytes: 0, recipients: 0, duplicates: [] });
  expect(await lab.messages()).toEqual([]);
});
