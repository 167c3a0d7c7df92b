import type { MediaRules } from '#core/media.ts';
import type { LoadedPack } from '#core/script.ts';

/** What the server has to know of a script pack; the workers drive it. */
export type PackCard = {
  name: string;
  title: string;
  version: string;
  baseUrl: string;
  addressedBy: 'phone' | 'jid' | 'handle';
  reports: ('sent' | 'delivered' | 'read')[];
  signsInBy: ('qr' | 'code' | 'password' | 'phone')[];
  media: MediaRules;
  /** It can answer one message. */
  quotes: boolean;
};

export function cardOf(pack: LoadedPack): PackCard {
  const { name, title, version, baseUrl, addressedBy, reports, login, flows } = pack;
  const ways = ['qr', 'phone', 'code', 'password'] as const;
  return {
    name,
    title,
    version,
    baseUrl,
    addressedBy,
    reports: [...reports],
    signsInBy: ways.filter((way) => login[way] !== undefined),
    media: flows.sendMedia ? pack.media : {},
    quotes: flows.reply !== undefined,
  };
}
