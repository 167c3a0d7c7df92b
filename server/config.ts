import { isIP } from 'node:net';
import { z } from 'zod';
import { ProxyCheckUrl } from '#browser-profiles/proxy-check-url.ts';
import { type CatcherPlace, CatcherUrl } from '#channels/email/catcher.ts';
import { GraphUrls, metaSettingsOf, UsualGraphVersion } from '#channels/meta/meta-settings.ts';
import type { AppSecret } from '#channels/meta/signature.ts';
import { PlatformId } from '#core/api/platforms.ts';
import { Failure } from '#core/failure.ts';
import type { PlatformSettings } from './platform-log-in.ts';

/** An empty variable in an env file means "not set". */
const optional = <T extends z.ZodType>(schema: T) => z.preprocess((value) => (value === '' ? undefined : value), schema);
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);
const Origin = z
  .string()
  .refine((text) => URL.canParse(text) && new URL(text).origin === text, 'holds something that is not an origin, such as https://chat.example.com');

/** The names that Express knows, an address, or a range of addresses. */
const ProxyRange = z
  .string()
  .refine(
    (text) => ['loopback', 'linklocal', 'uniquelocal'].includes(text) || (isIP(text.split('/')[0] ?? '') > 0 && /^[^/]+(\/\d{1,3})?$/.test(text)),
    'holds something that is not an address, such as 10.0.0.0/8',
  );

/** An address, with a port where it is not 53. */
const NameServer = z
  .string()
  .refine(
    (text) => isIP(text.replace(/^\[(.*)\](:\d+)?$|^([\d.]+):\d+$/, '$1$3')) > 0,
    'holds something that is not an address, such as 9.9.9.9 or 127.0.0.1:5353',
  );

/** The name of the mail account that USE_MAILCATCHER makes. */
export const catcherAccount = 'Mail catcher';

/** Names of profiles: what the dashboard would take, each once. */
const ProfileNames = list
  .transform((names) => [...new Set(names)])
  .pipe(
    z
      .array(
        z
          .string()
          .max(80, 'holds a name of more than 80 characters')
          .refine((name) => !/\p{Cc}/u.test(name), 'holds a name with a line break or another control character')
          .refine((name) => name !== catcherAccount, `may not hold "${catcherAccount}": that is what the mail account of USE_MAILCATCHER is called`),
      )
      .max(100, 'holds more than 100 names'),
  );

/** Every variable of the server: meaning and default. `.env.example` explains them to people. */
const Env = z.object({
  HOST: optional(z.string().default('127.0.0.1')),
  /** 0 takes any free port. */
  PORT: optional(
    z.coerce
      .number('has to be a port number')
      .int('has to be a port number')
      .min(0, 'has to be 0 or more')
      .max(65_535, 'has to be 65535 or less')
      .default(8080),
  ),
  PUBLIC_URL: optional(z.url({ protocol: /^https?$/, error: 'has to be an address such as https://patchbay.example.com' }).optional()),
  DATA_DIR: optional(z.string().default('./data')),
  DATABASE_URL: z
    .string('is missing: give the address of a Postgres, such as postgres://user:password@localhost:5432/patchbay')
    .regex(/^postgres(ql)?:\/\//, 'has to begin with postgres://'),
  PATCHBAY_KEY: z
    .string('is missing: give 32 characters or more, for example from openssl rand -base64 32')
    .min(32, 'is too short: give 32 characters or more'),
  LOG_LEVEL: optional(
    z
      .enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'], 'has to be silent, fatal, error, warn, info, debug or trace')
      .default('info'),
  ),
  /** A folder with script packs of one's own; servers and workers need the same. */
  PACKS_DIR: optional(z.string().optional()),
  CORS_ALLOWED_ORIGINS: optional(list.pipe(z.array(Origin)).prefault('')),
  /** Addresses of reverse proxies whose X-Forwarded-For is believed, such as `loopback, 10.0.0.0/8`. */
  TRUSTED_PROXIES: optional(list.pipe(z.array(ProxyRange)).prefault('')),
  /** Profiles that the first workspace begins with. */
  SESSION_IDS: optional(ProfileNames.prefault('')),
  /** Whether the first workspace begins with a mail account that sends to the catcher. */
  USE_MAILCATCHER: optional(z.enum(['true', 'false'], 'has to be true or false').default('false')),
  /** Where the mail of accounts goes whose catcher is switched on; workers read it too. */
  MAILCATCHER_URL: optional(CatcherUrl),
  /** Name servers that a check of a sender's domain asks. */
  DNS_SERVERS: optional(list.pipe(z.array(NameServer).min(1)).optional()),
  /** A page that says the caller's address: a check of a proxy asks it for the exit. */
  PROXY_CHECK_URL: optional(ProxyCheckUrl),
  /** Meta signs webhooks with the app's secret; those of an Instagram log-in with that of the Instagram app. */
  META_APP_SECRET: optional(z.string().optional()),
  INSTAGRAM_APP_SECRET: optional(z.string().optional()),
  /** The apps by which people connect pages and Instagram accounts; workers read them too, and prove with the secret that they are the app. */
  META_APP_ID: optional(PlatformId.optional()),
  INSTAGRAM_APP_ID: optional(PlatformId.optional()),
  /** Where Meta sends people back to; without it, the callback under PUBLIC_URL. */
  META_REDIRECT_URI: optional(
    z.url({ protocol: /^https?$/, error: 'has to be an address such as https://patchbay.example.com/api/platforms/callback' }).optional(),
  ),
  META_GRAPH_URL: optional(GraphUrls),
  META_GRAPH_VERSION: optional(UsualGraphVersion),
  /** What the form for a WhatsApp number begins with. */
  WHATSAPP_PHONE_NUMBER_ID: optional(PlatformId.optional()),
  WHATSAPP_BUSINESS_ACCOUNT_ID: optional(PlatformId.optional()),
  /** What Meta says when it asks whether the address of webhooks is ours. */
  META_VERIFY_TOKEN: optional(z.string().optional()),
  JWT_ACCESS_TOKEN_EXPIRE_MINUTES: optional(
    z.coerce.number('has to be a number of minutes').min(1, 'has to be 1 or more').max(1440, 'has to be 1440 or less').default(30),
  ),
  JWT_REFRESH_TOKEN_EXPIRE_DAYS: optional(
    z.coerce.number('has to be a number of days').min(1, 'has to be 1 or more').max(365, 'has to be 365 or less').default(7),
  ),
});

/** What the settings give to the first workspace of an empty installation; every later change is made in the dashboard. */
export type FirstAccounts = { profileNames: string[]; catcher: CatcherPlace | null };

/** `verifyToken` null: no verification is answered. */
export type WebhookSettings = { verifyToken: string | null; secrets: readonly AppSecret[] };

export type ServerConfig = {
  host: string;
  port: number;
  /** Null: the address that the server listens on. */
  publicUrl: string | null;
  dataDir: string;
  databaseUrl: string;
  key: string;
  logLevel: z.output<typeof Env>['LOG_LEVEL'];
  corsAllowedOrigins: string[];
  /** Null: only the packs that come with Patchbay. */
  packsDir: string | null;
  trustedProxies: string[];
  first: FirstAccounts;
  catcher: CatcherPlace;
  /** Null: those of this machine. */
  nameServers: string[] | null;
  /** Null: no page is asked. */
  proxyCheckUrl: string | null;
  webhooks: WebhookSettings;
  platforms: PlatformSettings;
  accessTokenMinutes: number;
  refreshTokenDays: number;
};

/** Reads the environment once. Throws `config_invalid` that names each wrong variable and what to write instead. */
export function readServerConfig(env: Record<string, string | undefined> = process.env): ServerConfig {
  const read = Env.safeParse(env);
  if (!read.success) {
    const fields = Object.fromEntries(read.error.issues.map((issue) => [String(issue.path[0]), issue.message]));
    const sentence = Object.entries(fields).map(([name, problem]) => `${name} ${problem}.`);
    throw new Failure('config_invalid', sentence.join(' '), { fields });
  }
  const values = read.data;
  return {
    host: values.HOST,
    port: values.PORT,
    publicUrl: values.PUBLIC_URL?.replace(/\/+$/, '') ?? null,
    dataDir: values.DATA_DIR,
    databaseUrl: values.DATABASE_URL,
    key: values.PATCHBAY_KEY,
    logLevel: values.LOG_LEVEL,
    corsAllowedOrigins: values.CORS_ALLOWED_ORIGINS,
    packsDir: values.PACKS_DIR ?? null,
    trustedProxies: values.TRUSTED_PROXIES,
    first: { profileNames: values.SESSION_IDS, catcher: values.USE_MAILCATCHER === 'true' ? values.MAILCATCHER_URL : null },
    catcher: values.MAILCATCHER_URL,
    nameServers: values.DNS_SERVERS ?? null,
    proxyCheckUrl: values.PROXY_CHECK_URL,
    webhooks: {
      verifyToken: values.META_VERIFY_TOKEN ?? null,
      secrets: [
        { name: 'META_APP_SECRET', secret: values.META_APP_SECRET },
        { name: 'INSTAGRAM_APP_SECRET', secret: values.INSTAGRAM_APP_SECRET },
      ].filter((one): one is AppSecret => one.secret !== undefined),
    },
    platforms: {
      ...metaSettingsOf(values),
      redirectUri: values.META_REDIRECT_URI ?? null,
      phoneNumberId: values.WHATSAPP_PHONE_NUMBER_ID ?? null,
      businessId: values.WHATSAPP_BUSINESS_ACCOUNT_ID ?? null,
    },
    accessTokenMinutes: values.JWT_ACCESS_TOKEN_EXPIRE_MINUTES,
    refreshTokenDays: values.JWT_REFRESH_TOKEN_EXPIRE_DAYS,
  };
}
