import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { appOf, dialogUrl, type Found, type LogIn } from '#channels/meta/log-in.ts';
import type { MetaSettings } from '#channels/meta/meta-settings.ts';
import { Failure } from '#core/failure.ts';
import type { Trx } from '#sql/database.ts';
import { addConnect } from '#sql/platform-connects.ts';
import type { Sealer } from '#sql/sealed.ts';
import type { Ask, Caller } from './handler.ts';

export type PlatformSettings = MetaSettings & {
  /** META_REDIRECT_URI; null: the callback under the server’s own address. */
  redirectUri: string | null;
  /** What the form for a number begins with. */
  phoneNumberId: string | null;
  businessId: string | null;
};

export const callbackPath = '/api/platforms/callback';
/** A person reads what the platform asks, and perhaps looks for a phone. */
const logInMinutes = 10;
/** So long the accounts that were found may be chosen from. */
export const choiceMinutes = 15;

const newSecret = (): string => randomBytes(32).toString('base64url');
export const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();
/** One for each log-in, so that two that are under way at once do not end each other. */
export const cookieOf = (state: string): string => `patchbay_connect_${hashOf(state).toString('hex').slice(0, 16)}`;

type Begin = {
  settings: PlatformSettings;
  logIn: LogIn;
  caller: Caller;
  now: Date;
  transaction: <T>(work: (trx: Trx) => Promise<T>) => Promise<T>;
  setCookie: Ask<unknown>['setCookie'];
};

/**
 * The address of the platform's dialog. What comes back is believed only with the state, once, and only from the browser that has the cookie:
 * otherwise somebody could begin here, let another person agree at the platform, and get that person's accounts.
 */
export async function beginLogIn({ settings, logIn, caller, now, transaction, setCookie }: Begin) {
  const app = appOf(settings, logIn.login);
  const [state, browser] = [newSecret(), newSecret()];
  const expiresAt = new Date(now.getTime() + logInMinutes * 60_000);
  const { workspaceId, personId, sessionId } = caller;
  const connect = { ...logIn, workspaceId, personId, sessionId, stateHash: hashOf(state), browserHash: hashOf(browser), expiresAt };
  const connectId = await transaction((trx) => addConnect(trx, connect));
  setCookie(cookieOf(state), browser, { maxAgeSeconds: logInMinutes * 60, path: callbackPath, sameSite: 'Lax' });
  return { connectId, url: dialogUrl(logIn, app, state), expiresAt: expiresAt.toISOString() };
}

/** The host and version that an account asked for, where the settings allow the host. */
export function graphOf(settings: MetaSettings, { graphUrl, graphVersion }: { graphUrl?: string | undefined; graphVersion?: string | undefined }) {
  const [usual = ''] = settings.graphUrls;
  const wanted = graphUrl?.replace(/\/+$/, '') ?? usual;
  if (!settings.graphUrls.includes(wanted)) {
    const problem = `is not one of META_GRAPH_URL: ${settings.graphUrls.join(', ')}`;
    throw new Failure('invalid_input', `graphUrl: ${problem}`, { fields: { graphUrl: problem } });
  }
  return { graphUrl: wanted, graphVersion: graphVersion ?? settings.graphVersion };
}

const Kept = z.array(
  z.object({
    externalId: z.string(),
    nodeId: z.string(),
    businessId: z.string().nullable(),
    name: z.string(),
    username: z.string().nullable(),
    graphUrl: z.string(),
    missing: z.array(z.string()),
    token: z.object({
      token: z.string(),
      at: z.coerce.date(),
      endsAt: z.coerce.date().nullable(),
      dataEndsAt: z.coerce.date().nullable(),
      appId: z.string(),
    }),
  }),
);

export const sealChoices = (sealer: Sealer, found: readonly Found[]): Buffer => sealer.seal(JSON.stringify(found));
export const openChoices = (sealer: Sealer, sealed: Buffer): Found[] => Kept.parse(JSON.parse(sealer.openText(sealed)));
