/** What somebody has begun to write, kept for this tab at once; the key makes a second click, or a retry, the same send. */
export type Draft = { text: string; clientKey: string };

const place = (conversationId: string) => `patchbay.draft.${conversationId}`;

/** randomUUID exists on https only; a dashboard in a local network may stand on plain http. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export const newDraft = (): Draft => ({ text: '', clientKey: newKey() });

export function readDraft(conversationId: string): Draft {
  const [clientKey = '', ...rest] = (sessionStorage.getItem(place(conversationId)) ?? '').split('\n');
  return { text: rest.join('\n'), clientKey: clientKey || newKey() };
}

export function keepDraft(conversationId: string, { text, clientKey }: Draft): void {
  if (text) sessionStorage.setItem(place(conversationId), `${clientKey}\n${text}`);
  else sessionStorage.removeItem(place(conversationId));
}
