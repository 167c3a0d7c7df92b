import { randomBytes } from 'node:crypto';
import type { ErrorRequestHandler } from 'express';

/** Errors as Meta answers them: HTTP status and title by number (facts 1.8). What is not here is 400 and has no title of its own. */
const known: Record<number, { status: number; title: string }> = {
  0: { status: 401, title: 'AuthException' },
  1: { status: 500, title: 'API Unknown' },
  2: { status: 503, title: 'API Service' },
  3: { status: 403, title: 'API Method' },
  4: { status: 400, title: 'Application request limit reached' },
  10: { status: 403, title: 'Permission Denied' },
  33: { status: 400, title: 'Parameter value is not valid' },
  100: { status: 400, title: 'Invalid parameter' },
  104: { status: 401, title: 'An access token is required' },
  190: { status: 401, title: 'Access token has expired' },
  368: { status: 403, title: 'Temporarily blocked for policies violations' },
  551: { status: 400, title: 'This person isn’t available right now' },
  80007: { status: 400, title: 'Rate limit issues' },
  130429: { status: 400, title: 'Rate limit hit' },
  130472: { status: 400, title: 'User’s number is part of an experiment' },
  130497: { status: 403, title: 'Business account is restricted from messaging users in this country' },
  131000: { status: 500, title: 'Something went wrong' },
  131005: { status: 403, title: 'Access denied' },
  131008: { status: 400, title: 'Required parameter is missing' },
  131009: { status: 400, title: 'Parameter value is not valid' },
  131016: { status: 500, title: 'Service unavailable' },
  131021: { status: 400, title: 'Recipient cannot be sender' },
  131026: { status: 400, title: 'Message undeliverable' },
  131030: { status: 400, title: 'Recipient phone number not in allowed list' },
  131031: { status: 403, title: 'Account has been locked' },
  131037: { status: 403, title: 'Display name approval is needed' },
  131042: { status: 400, title: 'Business eligibility payment issue' },
  131045: { status: 500, title: 'Incorrect certificate' },
  131047: { status: 400, title: 'Re-engagement message' },
  131048: { status: 400, title: 'Spam rate limit hit' },
  131049: { status: 400, title: 'This message was not delivered to maintain healthy ecosystem engagement' },
  131050: { status: 400, title: 'User has stopped marketing messages' },
  131051: { status: 400, title: 'Message type unknown' },
  131052: { status: 400, title: 'Media download error' },
  131053: { status: 400, title: 'Media upload error' },
  131056: { status: 400, title: '(Business account, consumer account) pair rate limit hit' },
  131057: { status: 500, title: 'Account in maintenance mode' },
  131062: { status: 400, title: 'Business-scoped user id is not supported for this message' },
  132000: { status: 400, title: 'Number of parameters does not match the expected number of params' },
  132001: { status: 404, title: 'Template does not exist in the translation' },
  132005: { status: 400, title: 'Translated text too long' },
  132012: { status: 400, title: 'Parameter format does not match format in the created template' },
  132015: { status: 400, title: 'Template is paused' },
  132016: { status: 400, title: 'Template is disabled' },
  133004: { status: 503, title: 'Server temporarily unavailable' },
  133016: { status: 400, title: 'Account register/deregister limit' },
  135000: { status: 400, title: 'Generic user error' },
};

type Given = { details?: string; subcode?: number | null; httpStatus?: number | null; message?: string; regainMinutes?: number };

/** An answer that refuses. */
export class GraphError extends Error {
  readonly code: number;
  readonly given: Given;

  constructor(code: number, given: Given = {}) {
    super(given.message ?? titleOf(code));
    this.code = code;
    this.given = given;
  }

  get httpStatus(): number {
    return this.given.httpStatus ?? known[this.code]?.status ?? 400;
  }
}

export const titleOf = (code: number): string => known[code]?.title ?? 'Error';

/** As it stands in a webhook. */
export const webhookError = (code: number, details = '') => ({
  code,
  title: titleOf(code),
  message: titleOf(code),
  error_data: { details: details || titleOf(code) },
  href: 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/',
});

/** Express needs all four parameters to know an error handler. */
export const answerGraphError: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
  const refused = error instanceof GraphError ? error : new GraphError(1, { message: error instanceof Error ? error.message : 'unknown' });
  const { details, subcode, regainMinutes } = refused.given;
  if (regainMinutes)
    response.set(
      'X-Business-Use-Case-Usage',
      JSON.stringify({
        '1': [{ type: 'messaging', call_count: 100, total_cputime: 25, total_time: 25, estimated_time_to_regain_access: regainMinutes }],
      }),
    );
  const isWhatsApp = !subcode && (refused.code >= 130_000 || details !== undefined);
  response.status(refused.httpStatus).json({
    error: {
      message: `(#${refused.code}) ${refused.message}`,
      type: 'OAuthException',
      code: refused.code,
      ...(subcode && { error_subcode: subcode }),
      ...(isWhatsApp && { error_data: { messaging_product: 'whatsapp', details: details ?? refused.message } }),
      fbtrace_id: `A${randomBytes(8).toString('hex')}`,
    },
  });
};
