import type { AccountRef } from '#core/channel.ts';
import type { PlatformAct } from '#core/platform-act.ts';
import { askGraph } from './graph.ts';
import type { MetaParts } from './meta-channel.ts';

/** Whom and which message an act is about, by the platform's ids. */
export type ActTarget = { to: string; messageId: string | null };

/** What is done beside messages: it may be done twice, so it is neither planned nor proven. */
export async function actOnPlatform(
  { accountOf }: Pick<MetaParts, 'accountOf'>,
  { account, act, target }: { account: AccountRef; act: PlatformAct; target: ActTarget },
  signal: AbortSignal,
): Promise<void> {
  const { place, nodeId } = await accountOf(account);
  const json = account.channel === 'whatsapp-cloud' ? onWhatsApp(act, target) : onPage(act, target);
  if (json) await askGraph(place, { method: 'POST', path: `${nodeId}/messages`, json }, signal);
}

/** WhatsApp shows that somebody types only together with a message that was read. */
function onWhatsApp(act: PlatformAct, { to, messageId }: ActTarget): object | null {
  if (messageId === null) return null;
  if (act.is === 'react')
    return {
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to,
      type: 'reaction',
      reaction: { message_id: messageId, emoji: act.emoji },
    };
  return {
    messaging_product: 'whatsapp',
    status: 'read',
    message_id: messageId,
    ...(act.is === 'typing' && { typing_indicator: { type: 'text' } }),
  };
}

function onPage(act: PlatformAct, { to, messageId }: ActTarget): object | null {
  const recipient = { id: to };
  if (act.is !== 'react') return { recipient, sender_action: act.is === 'seen' ? 'mark_seen' : 'typing_on' };
  if (messageId === null) return null;
  const payload = { message_id: messageId, ...(act.emoji && { reaction: act.emoji }) };
  return { recipient, sender_action: act.emoji ? 'react' : 'unreact', payload };
}
