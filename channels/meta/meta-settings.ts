import { z } from 'zod';
import { GraphVersion, usualGraphVersion } from '#core/graph-version.ts';

/** An app at Meta: its id is public, its secret proves that a caller is the app. */
export type MetaApp = { id: string; secret: string };
export type MetaSettings = {
  /** Hosts of Graph that an account may use; the first is the usual one. */
  graphUrls: readonly string[];
  graphVersion: string;
  /** Null: nobody can log in there, and tokens go without a proof. */
  facebookApp: MetaApp | null;
  instagramApp: MetaApp | null;
};

const problem = 'has to be an address such as https://graph.facebook.com, or several with commas between them';
/** META_GRAPH_URL. Tokens go there, so accounts choose from this list and name no host themselves. */
export const GraphUrls = z
  .string()
  .default('https://graph.facebook.com')
  .transform((text) => text.split(',').map((one) => one.trim().replace(/\/+$/, '')))
  .pipe(z.array(z.url({ protocol: /^https?$/, error: problem })).min(1, problem));
export const UsualGraphVersion = GraphVersion.default(usualGraphVersion);

type Values = {
  META_GRAPH_URL: string[];
  META_GRAPH_VERSION: string;
  META_APP_ID?: string | undefined;
  META_APP_SECRET?: string | undefined;
  INSTAGRAM_APP_ID?: string | undefined;
  INSTAGRAM_APP_SECRET?: string | undefined;
};

export function metaSettingsOf(values: Values): MetaSettings {
  const app = (id: string | undefined, secret: string | undefined): MetaApp | null => (id && secret ? { id, secret } : null);
  return {
    graphUrls: values.META_GRAPH_URL,
    graphVersion: values.META_GRAPH_VERSION,
    facebookApp: app(values.META_APP_ID, values.META_APP_SECRET),
    instagramApp: app(values.INSTAGRAM_APP_ID, values.INSTAGRAM_APP_SECRET),
  };
}

/** The secret of the app that a token belongs to; null where it is not one of ours. */
export function secretOf({ facebookApp, instagramApp }: MetaSettings, appId: string | null): string | null {
  return [facebookApp, instagramApp].find((app) => app !== null && app.id === appId)?.secret ?? null;
}

/** Where people log in and where codes and tokens are exchanged. */
export type MetaHosts = { graph: string; dialog: string; instagramGraph: string; instagramDialog: string; instagramToken: string };

/** Meta's own hosts go together; a stand-in is all of them at once. */
export function hostsOf(graphUrl: string): MetaHosts {
  if (new URL(graphUrl).hostname !== 'graph.facebook.com')
    return { graph: graphUrl, dialog: graphUrl, instagramGraph: graphUrl, instagramDialog: graphUrl, instagramToken: graphUrl };
  return {
    graph: graphUrl,
    dialog: 'https://www.facebook.com',
    instagramGraph: 'https://graph.instagram.com',
    instagramDialog: 'https://www.instagram.com',
    instagramToken: 'https://api.instagram.com',
  };
}
