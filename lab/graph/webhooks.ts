import { createHmac } from 'node:crypto';
import type { Platform } from '#core/platform-event.ts';
import { emit } from '#lab/messenger/event-log.ts';
import type { Lab } from './store.ts';

type Told = { platform: Platform /** The business, page or account that it is about. */; entry: string; what: object; signedByInstagram?: boolean };

/** Tells the program what happened, as Meta does: signed over the bytes, again until it is answered 200, more than once, out of order. */
export function tellByWebhook(lab: Lab, told: Told): void {
  const { webhookDelivery, appSecret, instagramSecret } = lab.settings;
  const body = escaped(JSON.stringify(bodyOf(lab, told)));
  const secret = told.signedByInstagram ? instagramSecret : appSecret;
  const kept = { at: lab.now(), platform: told.platform, body, answers: [] as (number | null)[] };
  lab.webhooks.push(kept);
  if (lab.webhooks.length > 20_000) lab.webhooks.shift();
  for (let copy = 0; copy <= webhookDelivery.duplicates; copy += 1) {
    const waitMs = webhookDelivery.shuffleMs > 0 ? Math.random() * webhookDelivery.shuffleMs : 0;
    lab.timers.after(waitMs, () => void post(lab, { ...told, body, secret, kept, triesLeft: webhookDelivery.tries }));
  }
}

function bodyOf(lab: Lab, { platform, entry, what }: Told) {
  const objects = { whatsapp: 'whatsapp_business_account', messenger: 'page', instagram: 'instagram' } as const;
  return { object: objects[platform], entry: [{ id: entry, ...(platform === 'whatsapp' ? {} : { time: lab.now() }), ...what }] };
}

/** Meta signs and sends letters beyond ASCII and slashes escaped: whoever writes the JSON again has another signature. */
function escaped(json: string): string {
  return json.replaceAll('/', '\\/').replace(/[\u007f-\uffff]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

type Post = Told & { body: string; secret: string; kept: { answers: (number | null)[] }; triesLeft: number };

async function post(lab: Lab, given: Post): Promise<void> {
  const url = lab.settings.webhooks[given.platform];
  if (!url) return;
  const signature = createHmac('sha256', given.secret).update(given.body).digest('hex');
  const headers = { 'content-type': 'application/json', 'user-agent': 'facebookexternalua', 'x-hub-signature-256': `sha256=${signature}` };
  const status = await fetch(url, { method: 'POST', headers, body: given.body, signal: AbortSignal.timeout(20_000) }).then(
    (response) => response.status,
    () => null,
  );
  given.kept.answers.push(status);
  emit(lab, { is: 'webhook', status });
  if (status === 200 || given.triesLeft <= 1) return;
  const { retryMs, tries } = lab.settings.webhookDelivery;
  lab.timers.after(retryMs * 2 ** (tries - given.triesLeft), () => void post(lab, { ...given, triesLeft: given.triesLeft - 1 }));
}
