/** The page on which one is a customer: it speaks to the control API only. */
type Account = { id: string; platform: string; label: string };
type Message = { id: string; platform: string; account: string; customer: string; direction: 'in' | 'out'; text: string; status: string; at: number };

const form = document.querySelector<HTMLFormElement>('#write');
const talk = document.querySelector<HTMLOListElement>('#talk');
const said = document.querySelector<HTMLParagraphElement>('#said');
if (!form || !talk || !said) throw new Error('The page is not whole.');
const field = (name: string) => form.elements.namedItem(name) as HTMLInputElement; // Each stands in the form.

async function ask<T>(path: string, body?: object): Promise<T> {
  const response = await fetch(
    `/control${path}`,
    body ? { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {},
  );
  const reply = await response.json();
  if (!response.ok) throw new Error(reply.error ?? 'It was refused.');
  return reply;
}

let accounts: Account[] = [];
async function readAccounts(): Promise<void> {
  type Named = { id: string; name?: string; display?: string; username?: string };
  const all = await ask<Record<'numbers' | 'pages' | 'instagrams', Named[]>>('/accounts');
  const named = (platform: string, rows: Named[]) =>
    rows.map((row) => ({ id: row.id, platform, label: `${platform}: ${row.display ?? row.username ?? row.name}` }));
  const fresh = [...named('whatsapp', all.numbers), ...named('messenger', all.pages), ...named('instagram', all.instagrams)];
  if (JSON.stringify(fresh) === JSON.stringify(accounts)) return;
  accounts = fresh;
  const select = field('account');
  const { value } = select;
  select.replaceChildren(...accounts.map(({ id, label }) => Object.assign(document.createElement('option'), { value: id, textContent: label })));
  if (accounts.some(({ id }) => id === value)) select.value = value;
}

const chosen = () => accounts.find(({ id }) => id === field('account').value);
let shown = '';
async function show(): Promise<void> {
  await readAccounts();
  const account = chosen();
  if (!account) return;
  const { messages } = await ask<{ messages: Message[] }>(`/messages?account=${encodeURIComponent(account.id)}`);
  const known = document.querySelector('#known');
  known?.replaceChildren(
    ...[...new Set(messages.map((one) => one.customer))].map((value) => Object.assign(document.createElement('option'), { value })),
  );
  const mine = messages.filter((one) => one.customer === field('from').value);
  const next = JSON.stringify(mine);
  if (next === shown) return;
  shown = next;
  talk?.replaceChildren(...mine.map(itemOf));
  window.scrollTo(0, document.body.scrollHeight);
}

function itemOf(message: Message): HTMLLIElement {
  const item = document.createElement('li');
  item.className = message.direction === 'in' ? 'mine' : '';
  item.textContent = message.text;
  const small = document.createElement('small');
  small.textContent = `${new Date(message.at).toLocaleTimeString()} ${message.direction === 'out' ? message.status : ''}`;
  item.append(small);
  return item;
}

async function fileOf(file: File): Promise<{ name: string; mimeType: string; base64: string }> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return {
    name: file.name,
    mimeType: file.type || 'application/octet-stream',
    base64: btoa(Array.from(bytes, (one) => String.fromCharCode(one)).join('')),
  };
}

const kindOf = (type: string): string => /^(image|audio|video)\//.exec(type)?.[1] ?? 'document';

async function write(): Promise<void> {
  const account = chosen();
  if (!account) return;
  const file = field('file').files?.[0];
  const place = { platform: account.platform, account: account.id, from: field('from').value.replace(/^\+/, '') };
  if (file) await ask('/write', { ...place, type: kindOf(file.type), file: await fileOf(file) });
  else await ask('/write', { ...place, text: field('text').value });
  field('text').value = '';
  field('file').value = '';
}

const tell = (error: unknown) => {
  said.textContent = error instanceof Error ? error.message : '';
};
form.addEventListener('submit', (event) => {
  event.preventDefault();
  tell(null);
  write().then(show).catch(tell);
});
document.querySelector('#read')?.addEventListener('click', () => {
  const account = chosen();
  if (account)
    ask('/read', { platform: account.platform, account: account.id, from: field('from').value })
      .then(show)
      .catch(tell);
});
setInterval(() => void show().catch(tell), 700);
void show().catch(tell);
