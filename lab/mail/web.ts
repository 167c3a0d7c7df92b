import { join } from 'node:path';
import express, { type ErrorRequestHandler, type Express } from 'express';
import { z } from 'zod';
import { Failure } from '#core/failure.ts';
import type { ComeBack } from '#lab/mail/come-back.ts';
import { type FaultPlan, Faults } from '#lab/mail/faults.ts';
import type { CaughtMail, Mailbox } from '#lab/mail/mailbox.ts';
import type { MailReader } from '#lab/mail/read-mail.ts';
import { Return, ReturnRules } from '#lab/mail/returns.ts';
import { openSite } from '#lab/messenger/open-site.ts';

const MailQuery = z.object({
  to: z.string().min(1).max(320).optional(),
  since: z.coerce.date().optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; frame-src 'self'";
/** A stranger's HTML: no script, no request, no form, not even a link that leaves its frame. */
const mailPolicy = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:";

export interface MailWeb {
  url: string;
  close(): Promise<void>;
}

interface WebParts {
  mailbox: Mailbox;
  read: MailReader;
  faults: FaultPlan;
  comeBack: ComeBack;
}

/** The catcher's page and its REST interface. */
export async function startMailWeb(parts: WebParts & { host: string; port: number }): Promise<MailWeb> {
  const app = express();
  app.disable('x-powered-by');
  app.use((_request, reply, next) => {
    reply.set({ 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store', 'Content-Security-Policy': pagePolicy });
    next();
  });
  serveMails(app, parts);
  serveControl(app, parts);
  app.use(express.static(join(import.meta.dirname, 'page')));
  app.use(answerFailure);
  const { origin: url, close } = await openSite(app, null, parts);
  return { url, close };
}

function serveMails(app: Express, { mailbox, read, comeBack }: WebParts): void {
  const found = (id: string): CaughtMail => {
    const mail = mailbox.find(id);
    if (!mail) throw new Failure('not_found', 'This mail is not here any more.');
    return mail;
  };
  app.get('/api/messages', async (request, reply) => {
    reply.json(await Promise.all(mailbox.newest(MailQuery.parse(request.query)).map(read)));
  });
  app.get('/api/messages/:id', async (request, reply) => {
    reply.json(await read(found(request.params.id)));
  });
  app.get('/api/messages/:id/raw', (request, reply) => {
    reply.type('text/plain; charset=utf-8').send(found(request.params.id).raw);
  });
  app.get('/api/messages/:id/html', async (request, reply) => {
    const { html } = await read(found(request.params.id));
    reply
      .set('Content-Security-Policy', mailPolicy)
      .type('html')
      .send(html ?? '');
  });
  app.post('/api/messages/:id/return', express.json(), async (request, reply) => {
    await comeBack.now(found(request.params.id), Return.parse(request.body));
    reply.status(204).end();
  });
  app.delete('/api/messages', (_request, reply) => {
    mailbox.clear();
    reply.status(204).end();
  });
}

function serveControl(app: Express, { mailbox, faults, comeBack }: WebParts): void {
  app.get('/api/counts', (_request, reply) => {
    reply.json(mailbox.counts());
  });
  app.get('/api/deliveries', (_request, reply) => {
    reply.json(Object.fromEntries(mailbox.deliveries()));
  });
  app.get('/api/faults', (_request, reply) => {
    reply.json(faults.left());
  });
  app.post('/api/faults', express.json(), (request, reply) => {
    faults.set(Faults.parse(request.body));
    reply.json(faults.left());
  });
  app.post('/api/returns', express.json(), (request, reply) => {
    comeBack.set(ReturnRules.parse(request.body));
    reply.json(comeBack.left());
  });
  app.delete('/api/faults', (_request, reply) => {
    faults.set({});
    reply.status(204).end();
  });
}

const answerFailure: ErrorRequestHandler = (error: unknown, _request, reply, _next) => {
  if (error instanceof z.ZodError) reply.status(400).json({ error: z.prettifyError(error) });
  else if (error instanceof Failure) reply.status(error.status).json({ error: error.message });
  else if (error instanceof SyntaxError) reply.status(400).json({ error: 'The body is not JSON.' });
  else reply.status(500).json({ error: error instanceof Error ? error.message : String(error) });
};
