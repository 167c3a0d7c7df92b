import { z } from 'zod';
import { isThisMachine, type MailSettings } from './settings.ts';

/** Where a catcher takes mail: SMTP without encryption and without a sign-in. */
export type CatcherPlace = { host: string; port: number };

/** MAILCATCHER_URL, such as `smtp://127.0.0.1:1025`. 25 is the port of SMTP where an address names none. */
export const CatcherUrl = z
  .url({ protocol: /^smtp$/, hostname: /./, error: 'has to be an address such as smtp://127.0.0.1:1025' })
  .default('smtp://127.0.0.1:1025')
  .transform((address): CatcherPlace => {
    const { hostname, port } = new URL(address);
    return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || 25 };
  });

/** Where mail servers that pass mail on listen, also on this machine (RFC 5321, 8314, 6409). */
const relayPorts: ReadonlySet<number> = new Set([25, 465, 587]);

/**
 * The settings of an account whose `useCatcher` is on: whatever server it names, its mail goes to the catcher, without encryption and without its
 * password. An account that itself names a catcher keeps it: a server of this machine, without encryption and sign-in, on none of the ports
 * where servers pass mail on.
 */
export function caught(settings: MailSettings, catcher: CatcherPlace): MailSettings {
  const { host, port, security, username } = settings;
  const isCatcherItself = security === 'none' && isThisMachine(host) && !username && !relayPorts.has(port);
  const place = isCatcherItself ? { host, port } : catcher;
  return { ...settings, ...place, security: 'none', username: null, password: null, isCaught: true };
}
