/**
 * Every failure that a user, a caller or a retry can act on: code → HTTP status, what a job does next, the sentence a user reads.
 * Anything that is not in this table is a bug and is allowed to crash up to the edge.
 */
export const failures = {
  invalid_input: { status: 400, next: 'stop', sentence: 'Something in the request is not right. The named fields say what to change.' },
  unreadable_body: { status: 400, next: 'stop', sentence: 'The body could not be read. Send JSON, or a form where one is asked for.' },
  signed_out: { status: 401, next: 'stop', sentence: 'Sign in to continue.' },
  wrong_sign_in: { status: 401, next: 'stop', sentence: 'The mail address or the password is not right.' },
  session_ended: { status: 401, next: 'stop', sentence: 'This session has ended. Sign in again.' },
  forbidden: { status: 403, next: 'stop', sentence: 'Your role does not allow this. Ask an admin of the workspace.' },
  not_found: { status: 404, next: 'stop', sentence: 'There is nothing here under this name, or it belongs to another workspace.' },
  already_exists: { status: 409, next: 'stop', sentence: 'Something with this name exists already. Choose another name.' },
  in_use: { status: 409, next: 'stop', sentence: 'This is still in use. Remove it from where it is used first.' },
  wrong_state: { status: 409, next: 'stop', sentence: 'This cannot be done in the present state.' },
  too_large: { status: 413, next: 'stop', sentence: 'This is larger than allowed.' },
  unsupported_format: { status: 415, next: 'stop', sentence: 'This format is not accepted.' },
  too_many_requests: { status: 429, next: 'retry', sentence: 'Too many requests. Wait a little and try again.' },
  broken: { status: 500, next: 'retry', sentence: 'Something broke on our side. The log holds the details under the request number.' },
  busy: { status: 503, next: 'retry', sentence: 'This is busy right now. Try again shortly.' },
  stopping: { status: 503, next: 'retry', sentence: 'Patchbay is stopping. Try again when it is back.' },
  no_host: { status: 503, next: 'retry', sentence: 'No worker is running that could do this. Start one, or wait until it is back.' },
  server_unreachable: { status: 503, next: 'retry', sentence: 'The Patchbay server does not answer.' },

  no_browser: { status: 503, next: 'stop', sentence: 'No Chromium was found. Run npm run setup, or set BROWSER_PATH.' },
  browser_crashed: { status: 502, next: 'retry', sentence: 'The browser of this profile ended unexpectedly.' },
  profile_in_use: { status: 409, next: 'retry', sentence: 'Another worker holds this profile.' },
  lease_lost: { status: 409, next: 'retry', sentence: 'The hold on this profile ran out, so nothing more was typed.' },
  proxy_missing: { status: 409, next: 'stop', sentence: 'The proxy of this profile does not exist any more. Choose another one.' },
  proxy_dead: { status: 502, next: 'retry', sentence: 'The proxy of this profile does not answer or refuses the sign-in. Check the proxy.' },
  interrupted: { status: 409, next: 'retry', sentence: 'A person controls the profile now, so this waits and begins anew.' },
  site_unreachable: { status: 502, next: 'retry', sentence: 'The messenger’s site does not answer.' },
  timed_out: { status: 504, next: 'retry', sentence: 'This took longer than it may.' },
  logged_out: { status: 409, next: 'stop', sentence: 'The messenger asks to log in again.' },
  not_ready: { status: 409, next: 'retry', sentence: 'The profile is not ready yet.' },
  restricted: { status: 409, next: 'stop', sentence: 'The messenger restricts this account.' },
  needs_approval: { status: 409, next: 'stop', sentence: 'So many people need the word of a second person first.' },
  over_limit: { status: 409, next: 'retry', sentence: 'It would be more than a ceiling allows.' },
  wrong_recipient: { status: 409, next: 'stop', sentence: 'The opened conversation is not the recipient’s, so nothing was typed.' },
  draft_present: { status: 409, next: 'retry', sentence: 'Somebody’s draft stands in the message field, so nothing was typed.' },
  no_such_recipient: { status: 422, next: 'stop', sentence: 'The messenger does not know this recipient.' },
  element_missing: { status: 502, next: 'retry', sentence: 'The page does not show what the script looks for.' },
  not_proven: { status: 502, next: 'stop', sentence: 'The message was handed over, but nothing proves that it arrived.' },
  send_refused: { status: 422, next: 'stop', sentence: 'The message was refused.' },
  wrong_code: { status: 422, next: 'stop', sentence: 'The messenger did not accept the code or password.' },
  script_invalid: { status: 422, next: 'stop', sentence: 'The script pack is not valid.' },
  template_invalid: { status: 422, next: 'stop', sentence: 'The template cannot be read.' },
  variables_missing: { status: 422, next: 'stop', sentence: 'A value that the template needs is missing.' },

  mail_refused: { status: 422, next: 'stop', sentence: 'The mail server refused the message for good.' },
  mail_deferred: { status: 502, next: 'retry', sentence: 'The mail server asks to try again later.' },
  mail_unreachable: { status: 502, next: 'retry', sentence: 'The mail server does not answer.' },
  mail_sign_in: { status: 422, next: 'stop', sentence: 'The mail server did not accept the user name or password.' },
  platform_sign_in: { status: 422, next: 'stop', sentence: 'The platform does not accept the account’s token any more. Connect the account again.' },
  platform_permission: { status: 422, next: 'stop', sentence: 'The platform does not let this account do that. Check its permissions.' },
  platform_busy: { status: 503, next: 'retry', sentence: 'The platform asks to wait.' },
  platform_deferred: { status: 502, next: 'retry', sentence: 'The platform asks to try this message again later.' },
  platform_held: { status: 409, next: 'stop', sentence: 'The platform holds these messages back until a person looks at it.' },
  platform_unreachable: { status: 502, next: 'retry', sentence: 'The platform does not answer.' },
  window_closed: { status: 422, next: 'stop', sentence: 'This person has not written lately, so only an approved template may be sent.' },
  template_refused: { status: 422, next: 'stop', sentence: 'The platform does not take this template.' },
  mail_certificate: { status: 502, next: 'retry', sentence: 'The certificate of the mail server is not accepted.' },
  address_not_public: {
    status: 422,
    next: 'stop',
    sentence: 'This address leads into a private network, so it is not asked. ADMITTED_ADDRESSES names those that may be.',
  },
  address_unreachable: { status: 502, next: 'retry', sentence: 'The address does not answer.' },
  config_invalid: { status: 500, next: 'stop', sentence: 'The configuration is not right.' },
  key_missing: { status: 500, next: 'stop', sentence: 'PATCHBAY_KEY is missing. Without a key nothing can be sealed.' },
} as const satisfies Record<string, { status: number; next: 'retry' | 'stop'; sentence: string }>;

export type FailureCode = keyof typeof failures;

type FailureDetails = { cause?: unknown; fields?: Record<string, string>; retryAt?: Date; platform?: PlatformError };
/** What a platform's answer named: the number in its own list, where it named one, and the status of HTTP; 0: there was no answer. */
export type PlatformError = { code: number | null; subcode: number | null; status: number };

/** An expected failure: `code` decides status and retry, `message` is what a person reads, `fields` names wrong inputs. */
export class Failure extends Error {
  readonly code: FailureCode;
  readonly fields: Record<string, string> | undefined;
  readonly retryAt: Date | undefined;
  readonly platform: PlatformError | undefined;

  constructor(code: FailureCode, sentence?: string, details: FailureDetails = {}) {
    super(sentence ?? failures[code].sentence, { cause: details.cause });
    this.name = 'Failure';
    this.code = code;
    this.fields = details.fields;
    this.retryAt = details.retryAt;
    this.platform = details.platform;
  }

  get status(): number {
    return failures[this.code].status;
  }

  get canRetry(): boolean {
    return failures[this.code].next === 'retry';
  }
}

/** The failure itself when it is one; a bug becomes `broken` and keeps its cause. */
export function asFailure(error: unknown): Failure {
  return error instanceof Failure ? error : new Failure('broken', undefined, { cause: error });
}
