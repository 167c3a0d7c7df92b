import type { GraphLab } from './site.ts';

/** The settings of a product for which this stand-in is Meta, with the apps that it knows. */
export function asMeta({ url, lab }: GraphLab): Record<string, string> {
  const { appId, appSecret, instagramAppId, instagramSecret } = lab.settings;
  return {
    META_GRAPH_URL: url,
    META_APP_ID: appId,
    META_APP_SECRET: appSecret,
    INSTAGRAM_APP_ID: instagramAppId,
    INSTAGRAM_APP_SECRET: instagramSecret,
  };
}
