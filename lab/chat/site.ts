import type { RequestListener } from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { openSite, type SiteOptions } from '#lab/messenger/open-site.ts';

const Ask = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })).min(1),
});

/** In an OpenAI-compatible endpoint's place, at `/v1`: a shop's assistant of few words, which hands complaints over and is silent where nothing is asked. */
export async function startChatLab(where: SiteOptions = {}): Promise<AsyncDisposable & { url: string }> {
  const answer: RequestListener = async (request, response) => {
    const asked = request.method === 'POST' && request.url === '/v1/chat/completions' ? Ask.safeParse(await json(request).catch(() => null)) : null;
    if (!asked) return void response.writeHead(404).end();
    if (!asked.success) return void response.writeHead(400).end(`${z.prettifyError(asked.error)}\n`);
    const content = answerTo(asked.data.messages.at(-1)?.content ?? '');
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        object: 'chat.completion',
        model: asked.data.model,
        choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
      }),
    );
  };
  const { origin, close } = await openSite(answer, null, where);
  return { url: `${origin}/v1`, [Symbol.asyncDispose]: close };
}

function answerTo(text: string): string {
  if (/broken|refund|complain|wrong/i.test(text)) return 'HAND OVER';
  if (/open|hours|when/i.test(text)) return 'We are open from Monday to Saturday, 9:00 to 20:00.';
  if (/price|cost|much/i.test(text)) return 'Shipping costs 4.90 euros, and nothing from 50 euros on.';
  return text.includes('?') ? 'Thank you for asking. A colleague will know more.' : 'NO ANSWER';
}
