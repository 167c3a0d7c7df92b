import type { Account, Device, Message } from '#lab/whatsapp/model.ts';

/** The phones speak the lab's control API, so that whatever they do a test can do too. */
export type PhoneChat = { number: string; title: string; unread: number; draft: string; last: Message | null };
export type LinkReply = { is: 'linked' | 'passkey' | 'refused'; why?: string };

async function call<T>(path: string, body?: object): Promise<T> {
  const how = body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(`/control${path}`, how);
  // Replies are documented beside the routes in control.ts.
  return (await response.json()) as T;
}

export const api = {
  accounts: () => call<{ accounts: Account[] }>('/accounts'),
  addAccount: (number: string, name: string) => call<{ accounts?: Account[] }>('/accounts', { number, name }),
  devices: (number: string) => call<{ devices: Device[] }>(`/devices?number=${number}`),
  chats: (number: string) => call<{ chats: PhoneChat[] }>(`/chats?number=${number}`),
  messages: (number: string, peer: string) => call<{ messages: Message[] }>(`/messages?account=${number}&peer=${peer}`),
  send: (from: string, to: string, text: string) => call<object>('/outgoing', { from, to, text }),
  read: (number: string, peer: string) => call<object>('/read', { number, peer }),
  scan: (number: string, ref: string) => call<LinkReply>('/scan', { number, ref }),
  enterCode: (number: string, code: string) => call<LinkReply>('/enter-code', { number, code }),
  passkey: (number: string) => call<LinkReply>('/passkey', { number }),
  logOut: (number: string, deviceId: string) => call<object>('/logout', { number, deviceId }),
};
