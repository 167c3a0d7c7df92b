import type { Channel } from '#core/channel.ts';
import type { MetaParts } from './meta-channel.ts';
import { createPageChannel } from './page-channel.ts';

export const createMessengerChannel = (parts: MetaParts): Channel => createPageChannel(parts, 'messenger');
