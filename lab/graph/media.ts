import { createHash } from 'node:crypto';
import { Router } from 'express';
import multer from 'multer';
import { actAs, textIn, tokenOf, unknownObject } from './door.ts';
import { GraphError } from './errors.ts';
import type { StoredFile } from './model.ts';
import { type Lab, newId } from './store.ts';

const megabyte = 1024 * 1024;
/** What the Cloud API takes, and how much of it (facts 1.2). */
const rules: Record<string, { types: string[]; maxBytes: number }> = {
  image: { types: ['image/jpeg', 'image/png'], maxBytes: 5 * megabyte },
  audio: { types: ['audio/aac', 'audio/mp4', 'audio/mpeg', 'audio/amr', 'audio/ogg'], maxBytes: 16 * megabyte },
  video: { types: ['video/mp4', 'video/3gpp'], maxBytes: 16 * megabyte },
  sticker: { types: ['image/webp'], maxBytes: 500 * 1024 },
  document: {
    types: ['text/plain', 'application/pdf', 'application/msword', 'application/vnd.'],
    maxBytes: 100 * megabyte,
  },
};
const idLifeMs = 30 * 24 * 3_600_000;

/** `POST /{phone number id}/media`, `GET /{media id}`, the file itself, `DELETE /{media id}`. */
export function mediaApi(lab: Lab): Router {
  const router = Router();
  const upload = multer({ limits: { fileSize: 100 * megabyte } }).single('file');
  router.post('/:id/media', upload, (request, response) => {
    const account = actAs(lab, request);
    if (!lab.numbers.has(account)) throw unknownObject(account);
    const { file } = request;
    if (textIn(request.body, 'messaging_product') !== 'whatsapp')
      throw new GraphError(100, { message: 'The parameter messaging_product is required.' });
    if (!file) throw new GraphError(100, { message: 'The parameter file is required.' });
    // Some clients name the kind here; then the file's own type counts.
    const named = textIn(request.body, 'type') ?? '';
    const mimeType = named.includes('/') ? named : file.mimetype;
    const rule = Object.values(rules).find(({ types }) => types.some((type) => mimeType.startsWith(type)));
    if (!rule) throw new GraphError(100, { message: `Param file must be a file with one of the supported types, received ${mimeType}` });
    if (file.buffer.length > rule.maxBytes) throw new GraphError(131053, { details: `Media exceeds ${rule.maxBytes} bytes` });
    response.json({ id: putFile(lab, { account, name: file.originalname, mimeType, content: file.buffer }).id });
  });
  router.get('/files/:id', (request, response) => {
    tokenOf(lab, request);
    const file = fileOf(lab, request.params.id);
    response.type(file.mimeType).send(file.content);
  });
  router.get('/:id', (request, response, next) => {
    if (!lab.files.has(request.params.id)) return next();
    tokenOf(lab, request);
    const { id, mimeType, sha256, content } = fileOf(lab, request.params.id);
    response.json({ messaging_product: 'whatsapp', id, url: `${lab.origin}/files/${id}`, mime_type: mimeType, sha256, file_size: content.length });
  });
  router.delete('/:id', (request, response, next) => {
    if (!lab.files.has(request.params.id)) return next();
    tokenOf(lab, request);
    response.json({ success: lab.files.delete(request.params.id) });
  });
  return router;
}

function fileOf(lab: Lab, id: string): StoredFile {
  const file = lab.files.get(id);
  if (!file || lab.now() - file.at > idLifeMs) throw unknownObject(id);
  return file;
}

export function putFile(lab: Lab, { account, name, mimeType, content }: Pick<StoredFile, 'account' | 'name' | 'mimeType' | 'content'>): StoredFile {
  const sha256 = createHash('sha256').update(content).digest('hex');
  const file = { id: newId(), account, name, mimeType, sha256, content, at: lab.now() };
  lab.files.set(file.id, file);
  return file;
}
