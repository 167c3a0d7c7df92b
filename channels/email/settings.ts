import { domainToASCII } from 'node:url';
import type { DkimSettings } from './dkim.ts';

/** How one mail account reaches its server. `none` speaks plainly and is allowed on this machine only. */
export type MailSettings = {
  host: string;
  port: number;
  security: 'tls' | 'starttls' | 'none';
  username: string | null;
  password: string | null;
  fromName: string;
  fromAddress: string;
  /** Connections that are open at once. */
  pool: number;
  /** Where bounces go, each to an address of its own, and what that is signed with; null or absent: to `fromAddress`. */
  bounces?: { address: string; key: Buffer } | null;
  /** Null or absent: nothing is signed. */
  dkim?: DkimSettings | null;
  /** It goes to the catcher of this installation, which stands where its owner says: there mail may go without encryption. */
  isCaught?: true;
};

const here = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i;

/** Whether a host is this machine: only there may mail and passwords go without encryption. */
export const isThisMachine = (host: string): boolean => here.test(host);

/** The domain of an address as DNS knows it. */
export const domainOf = (address: string): string => domainToASCII(address.slice(address.lastIndexOf('@') + 1)) || 'localhost';
