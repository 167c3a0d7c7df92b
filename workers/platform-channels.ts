import { placeOf } from '#channels/meta/connection.ts';
import { createInstagramChannel } from '#channels/meta/instagram.ts';
import { createMessengerChannel } from '#channels/meta/messenger.ts';
import type { MetaAccount } from '#channels/meta/meta-channel.ts';
import type { MetaSettings } from '#channels/meta/meta-settings.ts';
import { createWhatsAppCloudChannel } from '#channels/meta/whatsapp-cloud.ts';
import type { AccountRef, Channel } from '#core/channel.ts';
import type { PlatformChannel } from '#core/platform-rules.ts';
import type { Clock } from '#sql/clock.ts';
import type { Db } from '#sql/database.ts';
import type { Sealer } from '#sql/sealed.ts';
import { openPlatformAccount } from './platform-account.ts';

export type PlatformGround = { db: Db; sealer: Sealer; meta: MetaSettings; clock: Clock };

/** Whom Graph is asked for and with which token, read just before it is used: a new token takes hold at once. */
export const metaAccounts =
  ({ db, sealer, meta }: Omit<PlatformGround, 'clock'>) =>
  async ({ id: accountId, workspaceId }: Omit<AccountRef, 'channel'>): Promise<MetaAccount> => {
    const account = await openPlatformAccount({ db, sealer }, { workspaceId, accountId });
    return { place: placeOf(account, meta), nodeId: account.nodeId };
  };

/** The channel behind a name: mail, a platform's own API, or whatever runs in a browser. `worn` is what a proof puts around a platform's. */
export function channelsBy(
  ground: PlatformGround,
  { email, web }: { email: Channel; web: Channel },
  worn: (platform: Channel) => Channel = (platform) => platform,
): (channel: string) => Channel {
  const parts = { accountOf: metaAccounts(ground), now: () => ground.clock.now() };
  const official: Record<PlatformChannel, Channel> = {
    'whatsapp-cloud': worn(createWhatsAppCloudChannel(parts)),
    messenger: worn(createMessengerChannel(parts)),
    instagram: worn(createInstagramChannel(parts)),
  };
  const known = new Map<string, Channel>(Object.entries({ email, ...official }));
  return (channel) => known.get(channel) ?? web;
}
