import { z } from 'zod';
import { usualSealMs } from '#browser-profiles/profile-runner.ts';
import { ProxyCheckUrl } from '#browser-profiles/proxy-check-url.ts';
import { AdmittedAddresses } from '#channels/admitted-addresses.ts';
import { type CatcherPlace, CatcherUrl } from '#channels/email/catcher.ts';
import { GraphUrls, type MetaSettings, metaSettingsOf, UsualGraphVersion } from '#channels/meta/meta-settings.ts';
import { PlatformId } from '#core/api/platforms.ts';
import { Failure } from '#core/failure.ts';
import type { AddressRange } from '#core/public-address.ts';

/** An empty variable in an env file means "not set". */
const optional = <T extends z.ZodType>(schema: T) => z.preprocess((value) => (value === '' ? undefined : value), schema);

const Env = z.object({
  DATA_DIR: optional(z.string().default('./data')),
  DATABASE_URL: z.string('is missing: give the address of a Postgres, such as postgres://user:password@localhost:5432/patchbay'),
  PATCHBAY_KEY: z.string('is missing: give 32 characters or more').min(32, 'is too short: give 32 characters or more'),
  /** Where servers reach this worker; without it, a free port on 127.0.0.1. */
  WORKER_URL: optional(z.url({ protocol: /^http$/, error: 'has to be an address such as http://10.0.0.5:9100' }).optional()),
  /** Where people reach the server: what goes to many says there how to unsubscribe. */
  PUBLIC_URL: optional(z.url({ protocol: /^https?$/, error: 'has to be an address such as https://patchbay.example.com' }).optional()),
  /** Lanes that may work at once; web lanes also need a free browser slot. */
  WORKER_CONCURRENCY: optional(z.coerce.number().int().min(1).max(64).default(4)),
  /** Browsers that may be open at once. A real messenger takes 300-500 MB. */
  WORKER_SLOTS: optional(z.coerce.number().int().min(1).max(64).default(4)),
  /** Memory that browsers of this worker may take together; without it, what the machine has free. */
  WORKER_MEMORY_MB: optional(z.coerce.number().int().min(100).optional()),
  /** A browser that takes more is opened anew as soon as it is idle. */
  PROFILE_MEMORY_MB: optional(z.coerce.number().int().min(100).default(1500)),
  /** A profile that nobody has used for so long is closed; 0: only when another one needs its slot. */
  HIBERNATE_MINUTES: optional(z.coerce.number().min(0).default(0)),
  /** A profile that sleeps is opened this often for a reading; 0: only when something is due. */
  WAKE_MINUTES: optional(z.coerce.number().min(0).default(15)),
  /** A session that is in use is copied this often: closed, kept, opened again. */
  SNAPSHOT_HOURS: optional(z.coerce.number().positive().default(6)),
  /** A larger session is not kept, and says so. */
  SNAPSHOT_MAX_MB: optional(z.coerce.number().int().min(1).max(2000).default(200)),
  /** Where the mail of accounts goes whose catcher is switched on: the server's test mails go there too, so both are told the same. */
  MAILCATCHER_URL: optional(CatcherUrl),
  /** A page that says the caller's address: a check of a proxy asks it for the exit. */
  PROXY_CHECK_URL: optional(ProxyCheckUrl),
  /** A folder with script packs of one's own; servers and workers need the same. */
  PACKS_DIR: optional(z.string().optional()),
  /** Bodies of webhooks are kept for so long. */
  WEBHOOK_KEEP_DAYS: optional(
    z.coerce.number('has to be a number of days').min(1, 'has to be 1 or more').max(3650, 'has to be 3650 or less').default(30),
  ),
  /** As the server has them: what a worker asks of Meta is proven with the app's secret. */
  META_APP_ID: optional(PlatformId.optional()),
  META_APP_SECRET: optional(z.string().optional()),
  INSTAGRAM_APP_ID: optional(PlatformId.optional()),
  INSTAGRAM_APP_SECRET: optional(z.string().optional()),
  META_GRAPH_URL: optional(GraphUrls),
  META_GRAPH_VERSION: optional(UsualGraphVersion),
  /** What platforms list of an account is fetched this often. */
  PLATFORM_SYNC_MINUTES: optional(
    z.coerce.number('has to be a number of minutes').min(1, 'has to be 1 or more').max(10_080, 'has to be 10080 or less').default(15),
  ),
  /** Private addresses that hooks may lead to. */
  ADMITTED_ADDRESSES: optional(AdmittedAddresses),
  BROWSER_PATH: optional(z.string().optional()),
  LOG_LEVEL: optional(z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info')),
});

/** How profiles share slots and memory, and when their sessions are kept. Null: not by time; for memory: what the machine has free. */
export type SleepSettings = {
  memoryBytes: number | null;
  profileMemoryBytes: number;
  hibernateAfterMs: number | null;
  wakeAfterMs: number | null;
  copyEveryMs: number;
  snapshotBytes: number;
  /** How long after a login its browser stays open, so that it reaches the disk. */
  sealMs: number;
};
export type WorkerConfig = {
  dataDir: string;
  databaseUrl: string;
  key: string;
  workerUrl: string | null;
  /** Null: nobody knows, and what is sent has no link to unsubscribe. */
  publicUrl: string | null;
  concurrency: number;
  slots: number;
  sleep: SleepSettings;
  catcher: CatcherPlace;
  /** Null: no page is asked. */
  proxyCheckUrl: string | null;
  /** Null: only the packs that come with Patchbay. */
  packsDir: string | null;
  webhookDays: number;
  meta: MetaSettings;
  syncMinutes: number;
  /** Beside those that are everybody's. */
  admitted: readonly AddressRange[];
  browserPath: string | undefined;
  logLevel: string;
};

/** Reads the environment once. Throws `config_invalid` that names each wrong variable and what to write instead. */
export function readWorkerConfig(env: Record<string, string | undefined> = process.env): WorkerConfig {
  const read = Env.safeParse(env);
  if (!read.success) {
    const sentences = read.error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}.`);
    throw new Failure('config_invalid', sentences.join(' '));
  }
  const values = read.data;
  return {
    dataDir: values.DATA_DIR,
    databaseUrl: values.DATABASE_URL,
    key: values.PATCHBAY_KEY,
    workerUrl: values.WORKER_URL ?? null,
    publicUrl: values.PUBLIC_URL?.replace(/\/+$/, '') ?? null,
    concurrency: values.WORKER_CONCURRENCY,
    slots: values.WORKER_SLOTS,
    sleep: sleepSettings(values),
    catcher: values.MAILCATCHER_URL,
    proxyCheckUrl: values.PROXY_CHECK_URL,
    packsDir: values.PACKS_DIR ?? null,
    webhookDays: values.WEBHOOK_KEEP_DAYS,
    meta: metaSettingsOf(values),
    syncMinutes: values.PLATFORM_SYNC_MINUTES,
    admitted: values.ADMITTED_ADDRESSES,
    browserPath: values.BROWSER_PATH,
    logLevel: values.LOG_LEVEL,
  };
}

function sleepSettings(values: z.output<typeof Env>): SleepSettings {
  const bytes = (megabytes: number) => megabytes * 1024 * 1024;
  const ms = (minutes: number) => (minutes > 0 ? minutes * 60_000 : null);
  return {
    memoryBytes: values.WORKER_MEMORY_MB ? bytes(values.WORKER_MEMORY_MB) : null,
    profileMemoryBytes: bytes(values.PROFILE_MEMORY_MB),
    hibernateAfterMs: ms(values.HIBERNATE_MINUTES),
    wakeAfterMs: ms(values.WAKE_MINUTES),
    copyEveryMs: values.SNAPSHOT_HOURS * 3_600_000,
    snapshotBytes: bytes(values.SNAPSHOT_MAX_MB),
    sealMs: usualSealMs,
  };
}
