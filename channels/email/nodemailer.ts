import { createRequire } from 'node:module';
import type MailComposerClass from 'nodemailer/lib/mail-composer/index.js';
import type SMTPPoolClass from 'nodemailer/lib/smtp-pool/index.js';

type Parts = { MailComposer: typeof MailComposerClass; SMTPPool: typeof SMTPPoolClass };
const load = createRequire(import.meta.url);
let parts: Parts | undefined;

/** The mail library, loaded for the first mail: a start does not wait for it. */
export function nodemailer(): Parts {
  // The classes that these modules export.
  parts ??= {
    MailComposer: load('nodemailer/lib/mail-composer') as Parts['MailComposer'],
    SMTPPool: load('nodemailer/lib/smtp-pool') as Parts['SMTPPool'],
  };
  return parts;
}
