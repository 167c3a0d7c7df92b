import type { LinkReply } from './api.ts';
import { api } from './api.ts';
import { dayAndTimeOf, html } from './html.ts';
import { pictureIn, readQr } from './qr-picture.ts';

/** Linked devices of a phone, and the three ways to link one: a picture of the QR, its text, or the eight-character code. */
export function devicesView(number: string): { element: HTMLElement; refresh: () => Promise<void> } {
  const list = html('ul', { class: 'devices' });
  const said = html('p', { class: 'said', attrs: { role: 'status' } });
  const say = (reply: LinkReply) => {
    said.textContent = sentences[reply.is === 'refused' ? (reply.why ?? '') : reply.is] ?? reply.why ?? reply.is;
    passkey.hidden = reply.is !== 'passkey';
  };
  const passkey = html('button', { class: 'main', text: 'Confirm with passkey', press: async () => say(await api.passkey(number)) });
  passkey.hidden = true;
  const scan = async (picture: File | null) => {
    const text = picture && (await readQr(picture));
    if (text) say(await api.scan(number, text));
    else said.textContent = 'There is no QR code in this picture.';
  };
  const element = html('section', { class: 'pane' }, [
    html('h2', { text: 'Link a device' }),
    pictureDrop(scan),
    oneField({ label: 'QR text', hint: 'Paste the text of the QR code', button: 'Link', go: async (text) => say(await api.scan(number, text)) }),
    oneField({
      label: 'Code',
      hint: 'Eight characters, like ABCD1234',
      button: 'Link with code',
      go: async (code) => say(await api.enterCode(number, code)),
    }),
    said,
    passkey,
    html('h2', { text: 'Linked devices' }),
    list,
  ]);
  const refresh = async () => {
    const { devices } = await api.devices(number);
    const linked = devices.filter((device) => !device.loggedOutBecause);
    const rows = linked.map((device) =>
      html('li', {}, [
        html('div', {}, [html('strong', { text: device.name }), html('small', { text: `Last active ${dayAndTimeOf(device.lastSeenAt)}` })]),
        html('button', { text: 'Log out', press: () => void api.logOut(number, device.id) }),
      ]),
    );
    list.replaceChildren(...(rows.length > 0 ? rows : [html('li', { class: 'none', text: 'No device is linked.' })]));
  };
  return { element, refresh };
}

const sentences: Record<string, string> = {
  linked: 'Linked. The browser is loading its chats.',
  passkey: 'The browser now asks for a passkey.',
  qr_unknown_or_expired: 'This QR code has expired. Scan the one that is shown now.',
  code_unknown_or_expired: 'This code does not belong to this phone, or it has expired.',
  too_many_devices: 'Four devices are linked already. Log one out first.',
  nothing_waits: 'No browser waits for a passkey.',
};

function pictureDrop(scan: (picture: File | null) => Promise<void>): HTMLElement {
  const chooser = html('input', { attrs: { type: 'file', accept: 'image/*', 'aria-label': 'Picture of the QR code' } });
  chooser.addEventListener('change', () => void scan(pictureIn(chooser.files ?? [])));
  const drop = html('label', { class: 'drop' }, [html('span', { text: 'Choose, drop or paste a picture of the QR code' }), chooser]);
  drop.addEventListener('dragover', (event) => event.preventDefault());
  drop.addEventListener('drop', (event) => {
    event.preventDefault();
    void scan(pictureIn(event.dataTransfer?.files ?? []));
  });
  document.addEventListener('paste', (event) => {
    const picture = pictureIn(event.clipboardData?.files ?? []);
    if (picture && drop.isConnected) void scan(picture);
  });
  return drop;
}

function oneField(field: { label: string; hint: string; button: string; go: (text: string) => Promise<void> }): HTMLElement {
  const input = html('input', { attrs: { type: 'text', placeholder: field.hint, 'aria-label': field.label, autocomplete: 'off' } });
  const form = html('form', { class: 'field' }, [input, html('button', { class: 'main', text: field.button })]);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (input.value.trim() !== '') void field.go(input.value.trim());
  });
  return form;
}
