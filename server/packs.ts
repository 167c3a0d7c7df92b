import { type PackRules, rulesOfPack } from '#core/channel-rules.ts';
import type { LoadedPack } from '#core/script.ts';

/** What the server has to know of a script pack; the workers drive it. */
export type PackCard = PackRules & {
  version: string;
  baseUrl: string;
  addressedBy: 'phone' | 'jid' | 'handle';
  reports: ('sent' | 'delivered' | 'read')[];
  signsInBy: ('qr' | 'code' | 'password' | 'phone')[];
};

export function cardOf(pack: LoadedPack): PackCard {
  const { version, baseUrl, addressedBy, reports, login } = pack;
  const ways = ['qr', 'phone', 'code', 'password'] as const;
  return {
    ...rulesOfPack(pack),
    version,
    baseUrl,
    addressedBy,
    reports: [...reports],
    signsInBy: ways.filter((way) => login[way] !== undefined),
  };
}
