import { dialect } from './nodes.ts';

/** The session as the page keeps it (facts 1, SESSION): after a remote termination only `tt-multitab_1` is left. */
export type Session = { sessionId: string; secret: string; userId: string };

const multitab = 'tt-multitab_1';

export function saveSession({ sessionId, secret, userId }: Session): void {
  localStorage.setItem('dc', '2');
  localStorage.setItem('dc2_auth_key', `"${secret}"`);
  // Web A knows its id there only after the next start.
  localStorage.setItem('user_auth', JSON.stringify(dialect === 'a' ? { dcID: 2 } : { dcID: 2, id: userId }));
  localStorage.setItem('account1', JSON.stringify({ dcId: 2, dc2_auth_key: secret, userId, sessionId }));
}

export function loadSession(): Session | null {
  localStorage.setItem(multitab, '1');
  const account = localStorage.getItem('account1');
  if (account === null) return null;
  const { sessionId, dc2_auth_key: secret, userId } = JSON.parse(account);
  return { sessionId, secret, userId };
}

export function dropSession(): void {
  for (const key of Object.keys(localStorage)) if (key !== multitab) localStorage.removeItem(key);
}
