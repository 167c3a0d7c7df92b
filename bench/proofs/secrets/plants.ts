import { randomBytes } from 'node:crypto';
import { outside, type Talk } from './talk.ts';

/** `isTold`: a reply may hold it, because it is the one that hands it out. */
export type Plant = { name: string; secret: string; isTold?: boolean };
export type Garden = { talk: Talk; telegram: { url: string; control: string; phone: string; password: string }; closedPort: number };

/** Holds signs that every escape writes in another way. */
const newSecret = (): string => `S"${randomBytes(9).toString('hex')}\\ /+é&=${randomBytes(4).toString('hex')}`;
/** For places that take letters and digits only. */
const newWord = (): string => `S${randomBytes(16).toString('hex')}`;

/** Brings secrets in by every way that takes one, also by those that refuse it; each is another one. */
export async function plantAll(garden: Garden): Promise<Plant[]> {
  const plants: Plant[] = [];
  const plant = (name: string, secret = newSecret()) => {
    plants.push({ name, secret });
    return secret;
  };
  await plantAtTheDoor(garden, plant);
  const session = await garden.talk.signUp({
    email: 'owner@example.test',
    password: plant('the password of the owner'),
    name: 'Owner',
    workspace: 'Found me',
  });
  plants.push({ name: 'an access token', secret: session.accessToken, isTold: true });
  plants.push({ name: 'a refresh token', secret: session.refreshToken, isTold: true });
  await plantInPeople(garden, plant);
  await plantInMail(garden, plant);
  await plantInProxies(garden, plant);
  await plantInProfiles(garden, plant);
  await plantInPlatforms(garden, plant);
  return plants;
}

type PlantOne = (name: string, secret?: string) => string;

/** Before anybody is signed in. */
async function plantAtTheDoor({ talk }: Garden, plant: PlantOne): Promise<void> {
  const json = { 'content-type': 'application/json' };
  await talk.send('POST', '/api/auth/login', { email: 'owner@example.test', password: plant('a wrong password') });
  await talk.send('POST', '/api/auth/login', { login: 'nobody@example.test', password: plant('a password of nobody') });
  await talk.send('POST', '/api/auth/login', { passwort: plant('a password under a wrong name') });
  await talk.raw('POST', '/api/auth/login', `{"email": "x@example.test", "password": "${plant('a password in broken JSON', newWord())}"`, json);
  await talk.raw('POST', '/api/auth/login', `password=${plant('a password in a form', newWord())}`, {
    'content-type': 'application/x-www-form-urlencoded',
  });
  await talk.raw('POST', '/api/auth/login', plant('a password as text', newWord()), { 'content-type': 'text/plain' });
  await talk.send('POST', '/api/auth/register', { email: 'not an address', password: plant('a password beside a wrong address') });
  await talk.raw('GET', `/api/auth/me?password=${encodeURIComponent(plant('a password in an address'))}`, null, {});
  await talk.raw('GET', '/api/auth/me', null, { authorization: `Bearer ${plant('a token of nobody', newWord())}` });
  await talk.raw('GET', '/api/auth/me', null, { authorization: `Basic ${Buffer.from(`me:${plant('a basic password')}`).toString('base64')}` });
  await talk.raw('POST', '/api/auth/refresh', '{}', { ...json, cookie: `patchbay_refresh=${plant('a cookie of nobody', newWord())}` });
  await talk.send('POST', '/api/auth/refresh', { refreshToken: plant('a refresh token of nobody') });
  await talk.send('POST', '/api/login-links/open', { link: plant('a login link of nobody', newWord()) });
  await talk.send('POST', '/api/login-links/read', { pass: plant('a pass of nobody', newWord()) });
  await talk.socket({ type: 'authenticate', token: plant('a token at the socket', newWord()) });
  await talk.socket({ type: 'authenticate', token: { nested: plant('a token of a wrong kind at the socket') } });
  await talk.raw('POST', '/api/webhooks/whatsapp', '{}', { ...json, 'x-hub-signature-256': `sha256=${plant('a forged signature', newWord())}` });
  await talk.raw('POST', `/api/webhooks/whatsapp?access_token=${plant('a token at a webhook', newWord())}`, '{}', json);
  await talk.raw(
    'GET',
    `/api/webhooks/whatsapp?hub.mode=subscribe&hub.challenge=1&hub.verify_token=${plant('a wrong verify token', newWord())}`,
    null,
    {},
  );
  await talk.raw('GET', `/api/platforms/callback?state=${plant('a state of nobody', newWord())}&code=${plant('an OAuth code', newWord())}`, null, {});
}

async function plantInPeople({ talk }: Garden, plant: PlantOne): Promise<void> {
  const person = { email: 'ann@example.test', name: 'Ann', role: 'operator' };
  await talk.send('POST', '/api/people', { ...person, password: plant('the first password of a person') });
  await talk.send('POST', '/api/people', { ...person, role: 'king', password: plant('a password beside a wrong role') });
  await talk.send('POST', '/api/people', { ...person, password: plant('a password for a taken address') });
}

async function plantInMail({ talk, closedPort }: Garden, plant: PlantOne): Promise<void> {
  const account = { host: '127.0.0.1', port: closedPort, security: 'none', fromAddress: 'shop@example.test', username: 'shop' };
  const id = await talk.make('/api/mail-accounts', { ...account, name: 'Shop', password: plant('a mail password') });
  await talk.send('PATCH', `/api/mail-accounts/${id}`, { password: plant('a changed mail password') });
  await talk.send('POST', '/api/mail-accounts', { ...account, name: 'Other', port: 99_999, password: plant('a mail password beside a wrong port') });
  await talk.send('POST', '/api/mail-accounts', {
    ...account,
    name: 'Third',
    host: `shop:${plant('a mail password in a host', newWord())}@example.test`,
    password: 'x',
  });
  await talk.send('POST', '/api/test-email', { accountId: id, to: 'ann@example.test' });
  const box = { host: '127.0.0.1', port: closedPort, security: 'none', username: 'shop' };
  await talk.send('POST', `/api/mail-accounts/${id}/box/test`, { ...box, password: plant('a mailbox password that is tried') });
  await talk.send('PUT', `/api/mail-accounts/${id}/box`, { ...box, password: plant('a mailbox password') });
  await talk.send('PUT', `/api/mail-accounts/${id}/box`, { ...box, port: 0, password: plant('a mailbox password beside a wrong port') });
  for (const provider of ['sendgrid', 'postmark', 'mailgun', 'generic'])
    await talk.send('PUT', `/api/mail-accounts/${id}/providers`, { provider, secret: plant(`the secret of ${provider}`, newWord()) });
  await talk.send('PUT', `/api/mail-accounts/${id}/providers`, { provider: 'nobody', secret: plant('the secret of an unknown provider') });
}

async function plantInProxies({ talk, closedPort }: Garden, plant: PlantOne): Promise<void> {
  const proxy = { kind: 'http', host: '127.0.0.1', port: closedPort, username: 'user' };
  const id = await talk.make('/api/proxies', { ...proxy, name: 'One', password: plant('a proxy password') });
  await talk.send('PATCH', `/api/proxies/${id}`, { password: plant('a changed proxy password') });
  await talk.send('POST', '/api/proxies', { ...proxy, name: 'Two', kind: 'ftp', password: plant('a proxy password beside a wrong kind') });
  await talk.send('POST', `/api/proxies/${id}/check`, {});
  const lines = [
    `http://user:${plant('a pasted proxy password', newWord())}@127.0.0.1:${closedPort}`,
    `gopher://user:${plant('a pasted proxy password in a bad line', newWord())}@127.0.0.1:1`,
    `127.0.0.1:99999:user:${plant('a pasted proxy password with a bad port', newWord())}`,
  ];
  await talk.send('POST', '/api/proxies/import', { text: lines.join('\n'), take: 'look' });
  await talk.send('POST', '/api/proxies/import', { text: lines.join('\n'), take: 'good' });
}

async function plantInProfiles({ talk, telegram }: Garden, plant: PlantOne): Promise<void> {
  const channel = 'telegram-web';
  await talk.send('POST', '/api/profiles', {
    channel,
    name: 'Bad',
    baseUrl: `http://me:${plant('a password in a profile’s address', newWord())}@127.0.0.1/`,
  });
  const id = await talk.make('/api/profiles', { channel, name: 'Telegram', baseUrl: telegram.url });
  await talk.send('POST', `/api/profiles/${id}/login/code`, { phone: telegram.phone });
  await talk.send('POST', `/api/profiles/${id}/login/code`, { code: plant('a wrong login code', newWord().slice(0, 30)) });
  await talk.until(`/api/profiles/${id}`, (profile) => profile.state === 'needs_code');
  const { code } = await outside(`${telegram.control}/code?account=500`);
  await talk.send('POST', `/api/profiles/${id}/login/code`, { code });
  await talk.send('POST', `/api/profiles/${id}/login/password`, { password: plant('a wrong cloud password'), remember: true });
  await talk.send('POST', `/api/profiles/${id}/login/password`, { password: plant('the cloud password', telegram.password), remember: true });
  await talk.until(`/api/profiles/${id}`, (profile) => profile.state === 'ready');
  await talk.send('POST', `/api/profiles/${id}/storage-state`, { passphrase: plant('the passphrase of a storage state') });
  await talk.send('POST', `/api/profiles/${id}/storage-state`, { passphrase: [plant('a passphrase of a wrong kind')] });
  await talk.send('POST', `/api/profiles/${id}/stop`, {});
  await talk.until(`/api/profiles/${id}`, (profile) => profile.state === 'stopped');
  await talk.send('POST', `/api/profiles/${id}/export`, { passphrase: plant('the passphrase of an export') });
  await talk.form('/api/profiles/import', { passphrase: plant('the passphrase of an import'), proxyId: 'null', name: 'Copy' }, 'not a profile');
}

async function plantInPlatforms({ talk, closedPort }: Garden, plant: PlantOne): Promise<void> {
  const number = { name: 'Cloud', phoneNumberId: '106540352242922', businessId: '102290129340398' };
  await talk.send('POST', '/api/platforms/whatsapp/connect', { ...number, token: plant('a WhatsApp token', newWord()) });
  await talk.send('POST', '/api/platforms/whatsapp/connect', {
    ...number,
    phoneNumberId: '../me',
    token: plant('a WhatsApp token beside a wrong id', newWord()),
  });
  await talk.send('POST', '/api/platforms/whatsapp/connect', {
    ...number,
    graphUrl: `http://127.0.0.1:${closedPort}/`,
    token: plant('a WhatsApp token for another host', newWord()),
  });
  await talk.send('POST', '/api/platforms/instagram/connect', {});
}
