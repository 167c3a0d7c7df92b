import type { Question } from '#lab/telegram/protocol.ts';
import { dialect } from './nodes.ts';

/** Whom the address of the page names when it loads. `#@name` names nobody in Web A (facts 1, OPEN A CHAT), and somebody in Web K. */
export function askedPeer(hash: string): Question | null {
  const id = /^#(-?\d+)$/.exec(hash)?.[1];
  if (id) return { is: 'peer', id };
  const bare = dialect === 'k' ? /^#@(\w+)$/.exec(hash)?.[1] : null;
  if (bare) return { is: 'domain', name: bare };
  const link = new URLSearchParams(hash.slice(1)).get('tgaddr');
  const asked = link ? new URLSearchParams(/^tg:\/\/resolve\?(.*)$/.exec(link)?.[1] ?? '') : null;
  const name = asked?.get('domain');
  const digits = asked?.get('phone');
  if (name) return { is: 'domain', name };
  return digits ? { is: 'phone', digits } : null;
}
