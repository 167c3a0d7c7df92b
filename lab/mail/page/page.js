/** The catcher's page: a list, one mail, four ways to look at it. Everything a mail says goes in as text, never as markup. */
const part = (id) => document.getElementById(id);
const views = [...document.querySelectorAll('[data-view]')];
const refreshEveryMs = 2000;
let shown = [];
let chosen = null;
let view = 'html';

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

async function load() {
  const query = new URLSearchParams({ limit: '200' });
  const wanted = part('filter').value.trim();
  if (wanted) query.set('to', wanted.includes('@') || wanted.includes('*') ? wanted : `*${wanted}*`);
  const [mails, counts] = await Promise.all([fetch(`api/messages?${query}`), fetch('api/counts')]).then((all) =>
    Promise.all(all.map((one) => one.json())),
  );
  showCounts(counts);
  if (mails[0]?.id !== shown[0]?.id || mails.length !== shown.length) {
    shown = mails;
    showList();
  }
  part('empty').hidden = mails.length > 0;
}

function showCounts({ total, recipients, duplicates }) {
  const twice = duplicates.length === 0 ? 'nothing twice' : `${duplicates.length} delivered more than once`;
  part('counts').textContent = `${total.toLocaleString()} caught · ${recipients.toLocaleString()} recipients · ${twice}`;
}

function showList() {
  part('mails').replaceChildren(
    ...shown.map((mail) => {
      const row = document.createElement('button');
      row.type = 'button';
      row.setAttribute('aria-pressed', String(mail.id === chosen?.id));
      row.append(element('span', mail.subject || '(no subject)', 'subject'), element('span', new Date(mail.at).toLocaleTimeString(), 'soft'));
      row.append(element('span', mail.envelope.to.join(', ')), element('span', `${Math.ceil(mail.size / 1024)} KB`, 'soft'));
      row.addEventListener('click', () => open(mail));
      const item = document.createElement('li');
      item.append(row);
      return item;
    }),
  );
}

function open(mail) {
  chosen = mail;
  part('sent').textContent = '';
  if (view === 'html' && mail.html === null) view = 'text';
  else if (view === 'text' && mail.text === null) view = 'html';
  part('mail').hidden = false;
  part('subject').textContent = mail.subject || '(no subject)';
  const files = mail.attachments.map((file) => `${file.name || file.type} (${Math.ceil(file.bytes / 1024)} KB)`).join(', ');
  const facts = {
    From: mail.from,
    To: mail.to,
    Envelope: `${mail.envelope.from || '<>'} → ${mail.envelope.to.join(', ')}`,
    Received: new Date(mail.at).toLocaleString(),
    Files: files,
  };
  part('facts').replaceChildren(
    ...Object.entries(facts)
      .filter(([, value]) => value)
      .flatMap(([name, value]) => [element('dt', name), element('dd', value)]),
  );
  showList();
  void showBody();
}

async function showBody() {
  for (const button of views) button.setAttribute('aria-pressed', String(button.dataset.view === view));
  const mail = chosen;
  part('html').hidden = view !== 'html' || mail.html === null;
  part('body').hidden = !part('html').hidden;
  if (!part('html').hidden) part('html').src = `api/messages/${mail.id}/html`;
  else part('body').textContent = await bodyText(mail);
}

async function bodyText(mail) {
  if (view === 'source') return (await fetch(`api/messages/${mail.id}/raw`)).text();
  if (view === 'html') return 'This mail has no HTML part.';
  if (view === 'text') return mail.text ?? 'This mail has no plain part.';
  return Object.entries(mail.headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}

for (const button of views) {
  button.addEventListener('click', () => {
    view = button.dataset.view;
    void showBody();
  });
}
part('kind').addEventListener('change', () => {
  part('text').hidden = part('kind').value !== 'reply';
});
part('return').addEventListener('submit', async (event) => {
  event.preventDefault();
  const text = part('text').value.trim();
  const what = { kind: part('kind').value, ...(text ? { text } : {}) };
  const reply = await fetch(`api/messages/${chosen.id}/return`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(what),
  });
  part('sent').textContent = reply.ok ? 'It lies in the mailbox.' : (await reply.json()).error;
});
part('filter').addEventListener('input', () => void load());
part('clear').addEventListener('click', async () => {
  await fetch('api/messages', { method: 'DELETE' });
  part('mail').hidden = true;
  await load();
});
setInterval(() => {
  if (part('refresh').checked && !document.hidden) load().catch(() => (part('counts').textContent = 'The catcher does not answer.'));
}, refreshEveryMs);
void load();
