import { pipeline } from 'node:stream/promises';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { MediaStore } from '#core/media.ts';
import { type Confirmation, confirmPurpose, noteConfirmed, readConfirmation, readConfirmToken } from '#sql/confirmations.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { confirmOptIn } from '#sql/double-opt-in.ts';
import { beginErasure } from '#sql/erasures.ts';
import type { Queue } from '#sql/queue.ts';
import type { Sealer } from '#sql/sealed.ts';
import { confirmTexts } from './confirm-texts.ts';
import { exportPerson } from './export-person.ts';
import type { Limits } from './limits.ts';
import { escapeHtml, form, writePlainPage } from './plain-page.ts';
import { languageOf, sayNowhere } from './subscription-door.ts';

export type ConfirmDoorParts = {
  db: Db;
  sealer: Pick<Sealer, 'derive'>;
  limits: Pick<Limits, 'byLink'>;
  mediaStore: Pick<MediaStore, 'read'>;
  queue: Queue;
  now: () => Date;
  ring: () => void;
};
type Said = 'nothing' | 'done' | 'done_before';

/** The address of a mailed link. Looking changes nothing, because programs follow links too; pressing the button does what the mail said. */
export function mountConfirmations({ db, sealer, limits, mediaStore, queue, now, ring }: ConfirmDoorParts): Router {
  const router = Router();
  const key = sealer.derive(confirmPurpose);
  const linkIn = (request: Request) => readConfirmToken(String(request.params.token), key);
  const found = async (request: Request): Promise<Confirmation | null> => {
    const link = linkIn(request);
    return link && inWorkspace(db, link.workspaceId, (trx) => readConfirmation(trx, link.id, now()));
  };
  const press = async (confirmation: Confirmation, address: string): Promise<Said> => {
    const { workspaceId, contactId, id, kind } = confirmation;
    const at = now();
    const said = await inWorkspace(db, workspaceId, async (trx): Promise<Said> => {
      if (!(await noteConfirmed(trx, id, at))) return 'done_before';
      if (kind === 'opt_in') await confirmOptIn(trx, confirmation, { address, now: at });
      if (kind === 'erase') await beginErasure(trx, queue, { workspaceId, contactId, personId: null, keepsAway: true, now: at });
      return 'done';
    });
    ring();
    return said;
  };
  const post: RequestHandler = async (request, response) => {
    const confirmation = await found(request);
    if (!confirmation || confirmation.isOver) return answer(request, response, { confirmation, said: 'nothing', isKnown: linkIn(request) !== null });
    // A download that broke off may be begun again, as long as the link holds.
    if (confirmation.kind !== 'export')
      return answer(request, response, { confirmation, said: await press(confirmation, request.ip ?? ''), isKnown: true });
    const { content, fileName } = await exportPerson({ db, mediaStore }, confirmation);
    sayNowhere(response, languageOf(request));
    response.type('application/zip').attachment(fileName);
    if (!Buffer.isBuffer(content)) await pipeline(content, response).catch(() => response.destroy());
  };
  router.use(
    '/:token',
    limits.byLink((request) => (linkIn(request) ? String(request.params.token) : null)),
  );
  router.get('/:token', async (request, response) =>
    answer(request, response, { confirmation: await found(request), said: 'nothing', isKnown: linkIn(request) !== null }),
  );
  router.post('/:token', post);
  router.all('/:token', (_request, response) => void response.status(405).set('allow', 'GET, HEAD, POST').end());
  return router;
}

type Shown = { confirmation: Confirmation | null; said: Said; isKnown: boolean };

function answer(request: Request, response: Response, { confirmation, said, isKnown }: Shown): void {
  const language = languageOf(request);
  const texts = confirmTexts[language];
  sayNowhere(response.status(isKnown ? 200 : 404), language);
  const page = confirmation && texts.pages[confirmation.kind];
  const filled = (text: string) =>
    text.replaceAll('{name}', escapeHtml(confirmation?.workspaceName ?? '')).replaceAll('{address}', escapeHtml(confirmation?.address ?? ''));
  const title = page ? filled(page.title) : texts.unknownTitle;
  response.type('html').send(writePlainPage({ language, title, body: `<h1>${title}</h1>${bodyOf()}` }));

  function bodyOf(): string {
    if (!isKnown) return '';
    if (!confirmation || !page) return `<p>${texts.gone}</p>`;
    if (said === 'done') return `<p class="saved" role="status">${filled(page.done)}</p>`;
    if (said === 'done_before' || (confirmation.confirmedAt && confirmation.kind !== 'export'))
      return `<p class="saved" role="status">${texts.doneBefore}</p>`;
    if (confirmation.isOver) return `<p>${texts.over}</p>`;
    return `<p>${filled(page.about)}</p>${form('confirm', `<button class="main">${page.button}</button>`)}`;
  }
}
