import { Failure } from '#core/failure.ts';

type SmtpError = Error & { code?: string; command?: string; responseCode?: number; response?: string; timeoutType?: string; syscall?: string };

/**
 * What an error of the mail library means for the mail. A server's answer is final for this attempt: 5xx refused, 4xx later (RFC 5321 4.2.1).
 * A connection that was never made sent nothing. Everything else may have been sent: `not_proven`.
 */
export function mailFailure(error: unknown): Failure {
  const smtp = error as SmtpError; // The library throws errors with these fields, and nothing else reaches here.
  const said = smtp.response ? firstLine(smtp.response) : smtp.message;
  if (smtp.code === 'EAUTH' || smtp.code === 'ENOAUTH')
    return new Failure('mail_sign_in', `The mail server did not accept the sign-in: ${said}`, { cause: error });
  if (smtp.responseCode !== undefined && smtp.responseCode >= 500)
    return new Failure('mail_refused', `The mail server refused: ${said}`, { cause: error });
  if (smtp.responseCode !== undefined && smtp.responseCode >= 400)
    return new Failure('mail_deferred', `The mail server asks to wait: ${said}`, { cause: error });
  if (smtp.code === 'EENVELOPE') return new Failure('mail_refused', `The address cannot be used: ${said}`, { cause: error });
  if (smtp.code === 'EDNS' || smtp.code === 'ETLS' || smtp.syscall === 'connect' || isBeforeGreeting(smtp)) {
    return new Failure('mail_unreachable', `The mail server does not answer: ${said}`, { cause: error });
  }
  return new Failure('not_proven', `The connection ended before the mail server confirmed the mail: ${said}`, { cause: error });
}

const isBeforeGreeting = (smtp: SmtpError) => smtp.timeoutType === 'CONNECTION_TIMEOUT' || smtp.timeoutType === 'GREETING_TIMEOUT';
const firstLine = (text: string) => text.split('\n')[0]?.slice(0, 300) ?? '';
