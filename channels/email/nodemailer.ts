import { createRequire } from 'node:module';
import type * as Base64 from 'nodemailer/lib/base64/index.js';
import type * as MimeFuncs from 'nodemailer/lib/mime-funcs/index.js';
import type MimeNodeClass from 'nodemailer/lib/mime-node/index.js';
import type SMTPPoolClass from 'nodemailer/lib/smtp-pool/index.js';

type Parts = {
  MimeNode: typeof MimeNodeClass;
  SMTPPool: typeof SMTPPoolClass;
  foldLines: typeof MimeFuncs.foldLines;
  base64: typeof Base64;
};
const load = createRequire(import.meta.url);
let parts: Parts | undefined;

/** The mail library, loaded for the first mail: a start does not wait for it. */
export function nodemailer(): Parts {
  // What these modules export.
  parts ??= {
    MimeNode: load('nodemailer/lib/mime-node') as Parts['MimeNode'],
    SMTPPool: load('nodemailer/lib/smtp-pool') as Parts['SMTPPool'],
    foldLines: (load('nodemailer/lib/mime-funcs') as typeof MimeFuncs).foldLines,
    base64: load('nodemailer/lib/base64') as Parts['base64'],
  };
  return parts;
}
