import type { Account } from '#lab/whatsapp/model.ts';
import { api } from './api.ts';
import { chatsView } from './chats-view.ts';
import { devicesView } from './devices-view.ts';
import { html } from './html.ts';

/** `/phone`: the phones of the lab; `/phone/<number>`: one of them, with its chats and its linked devices. */
const number = location.pathname.split('/')[2] ?? '';

async function start(): Promise<void> {
  const { accounts } = await api.accounts();
  const account = accounts.find((candidate) => candidate.number === number);
  const side = html('nav', { class: 'side' }, [html('h1', { text: 'Lab phones' }), accountList(accounts), addAccount()]);
  document.body.append(side, account ? phone(account) : html('main', { class: 'empty', text: 'Choose a phone, or add one.' }));
}

function accountList(accounts: Account[]): HTMLElement {
  const entries = accounts.map((account) => {
    const attrs = { href: `/phone/${account.number}`, ...(account.number === number ? { 'aria-current': 'page' } : {}) };
    return html('a', { attrs }, [html('strong', { text: account.name }), html('small', { text: `+${account.number}` })]);
  });
  return html('div', { class: 'accounts' }, entries);
}

function addAccount(): HTMLElement {
  const name = html('input', { attrs: { placeholder: 'Name', 'aria-label': 'Name', required: '' } });
  const digits = html('input', { attrs: { placeholder: 'Number, international', 'aria-label': 'Number', type: 'tel', required: '' } });
  const form = html('form', { class: 'add' }, [name, digits, html('button', { class: 'main', text: 'Add phone' })]);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const { accounts } = await api.addAccount(digits.value, name.value);
    if (accounts?.[0]) location.href = `/phone/${accounts[0].number}`;
    else digits.setCustomValidity('Not a phone number');
  });
  return form;
}

function phone(account: Account): HTMLElement {
  const views = { Chats: chatsView(account.number), 'Linked devices': devicesView(account.number) };
  const stage = html('div', { class: 'stage' });
  const tabs = html('div', { class: 'tabs', attrs: { role: 'tablist' } });
  let shown: keyof typeof views = location.hash === '#devices' ? 'Linked devices' : 'Chats';
  const show = (name: keyof typeof views) => {
    shown = name;
    for (const tab of tabs.children) tab.setAttribute('aria-selected', String(tab.textContent === name));
    stage.replaceChildren(views[name].element);
    void views[name].refresh();
  };
  for (const name of ['Chats', 'Linked devices'] as const) {
    tabs.append(html('button', { text: name, press: () => show(name), attrs: { role: 'tab' } }));
  }
  show(shown);
  watch(account.number, () => void views[shown].refresh());
  const head = html('header', {}, [html('strong', { text: account.name }), html('small', { text: `+${account.number}` })]);
  return html('main', { class: 'phone' }, [head, tabs, stage]);
}

/** Calls back, at most once per frame, when something happens that concerns this phone. */
function watch(of: string, changed: () => void): void {
  let isDue = false;
  new EventSource('/control/events/stream').addEventListener('message', ({ data }) => {
    if (!String(data).includes(of) || isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      changed();
    });
  });
}

void start();
