import type { Channel } from '#core/channel.ts';
import type { MetaParts } from './meta-channel.ts';
import { createPageChannel } from './page-channel.ts';

/** Through a page, or with Instagram's own sign-in: only the host and the node differ, and both are the account's. */
export const createInstagramChannel = (parts: MetaParts): Channel => createPageChannel(parts, 'instagram');
