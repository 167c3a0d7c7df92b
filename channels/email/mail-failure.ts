import { Failure } from '#core/failure.ts';

type SmtpError = Error & { code?: string; command?: string; responseCode?: number; response?: string };

/** How far a mail got: `unsent` when the library had not begun to read it, which it does only after the server has answered DATA with 354. */
export type MailProgress = 'unsent' | 'begun';

/**
 * What an error of the mail library means for the mail. A server's answer is final for this attempt: 5xx refused, 4xx later (RFC 5321 4.2.1).
 * A connection that broke before the first byte of the mail sent nothing, which the error itself does not tell: its code and command are the
 * same before and after. Everything else may have been sent: `not_proven`.
 */
export function mailFailure(error: unknown, progress: MailProgress): Failure {
  const smtp = error as SmtpError; // The library throws errors with these fields, and nothing else reaches here.
  const said = smtp.response ? firstLine(smtp.response) : smtp.message;
  const answer = smtp.responseCode ?? 0;
  const because = { cause: error };
  if (smtp.code === 'EAUTH' || smtp.code === 'ENOAUTH' || signInAnswers.has(answer))
    return new Failure('mail_sign_in', `The mail server did not accept the sign-in: ${said}`, because);
  const untrusted = progress === 'unsent' ? certificateProblem(smtp.message) : null;
  if (untrusted) return new Failure('mail_certificate', `The certificate of the mail server is not accepted: ${untrusted}.`, because);
  // What a server says before it was told of any mail is about us and not about the recipient, whatever its code.
  if (progress === 'unsent' && beforeMail.has(smtp.command ?? ''))
    return new Failure('mail_unreachable', `The mail server does not answer: ${said}`, because);
  if (answer >= 500) return new Failure('mail_refused', `The mail server refused: ${said}`, because);
  if (answer >= 400) return new Failure('mail_deferred', `The mail server asks to wait: ${said}`, because);
  if (smtp.code === 'EENVELOPE' || smtp.code === 'EMESSAGE') return new Failure('mail_refused', `The mail cannot be sent: ${said}`, because);
  if (progress === 'unsent') return new Failure('mail_unreachable', `The mail server does not answer: ${said}`, because);
  return new Failure('not_proven', `The connection ended before the mail server confirmed the mail: ${said}`, because);
}

/** The library writes its own code over the one of TLS, so the sentence has to tell (those of OpenSSL and Node). */
function certificateProblem(said: string): string | null {
  if (/wrong version number|packet length too long/i.test(said))
    return 'its port does not begin with TLS. Choose STARTTLS, which is usually port 587';
  if (!/certificate/i.test(said)) return null;
  if (/altnames/i.test(said)) return 'it is for another host name. Write the server as its certificate does';
  if (/expired/i.test(said)) return 'it has expired. Its owner has to renew it';
  return 'no authority that is trusted here has signed it. If it is your own, name its file in NODE_EXTRA_CA_CERTS';
}

/** RFC 4954 section 6: authentication required, mechanism too weak, credentials invalid. */
const signInAnswers: ReadonlySet<number> = new Set([530, 534, 535]);
const beforeMail: ReadonlySet<string> = new Set(['CONN', 'EHLO', 'HELO', 'STARTTLS']);
const firstLine = (text: string) => text.split('\n')[0]?.slice(0, 300) ?? '';
