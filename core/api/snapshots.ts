import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { ById, Id, Name } from './fields.ts';
import { Profile } from './profiles.ts';

/** Guards a file that opens somebody's account: long enough that guessing it is hopeless. */
const Passphrase = z.string().min(12).max(500);
export const profileFileMaxBytes = 210 * 1024 * 1024;

export const snapshots = {
  exportProfile: endpoint({
    method: 'POST',
    path: '/profiles/:id/export',
    summary: 'A stopped profile with its login as one file that the passphrase opens',
    allows: 'profiles:write',
    params: ById,
    body: z.strictObject({ passphrase: Passphrase }),
    produces: 'application/octet-stream',
    reply: z.unknown(),
  }),
  importProfile: endpoint({
    method: 'POST',
    path: '/profiles/import',
    summary: 'Add a profile with its login from an exported file; it is stopped, and must not run in two places',
    allows: 'profiles:write',
    upload: { file: 'file', maxBytes: profileFileMaxBytes },
    body: z.strictObject({
      passphrase: Passphrase,
      name: Name.optional(),
      /** Null goes out directly: it has to be said, because proxies do not travel with the file. */
      proxyId: Id.nullable(),
    }),
    status: 201,
    reply: Profile,
  }),
  exportStorageState: endpoint({
    method: 'POST',
    path: '/profiles/:id/storage-state',
    summary: 'Cookies and storages of an open profile in Playwright’s format, as a file that the passphrase opens',
    allows: 'profiles:write',
    params: ById,
    body: z.strictObject({ passphrase: Passphrase }),
    produces: 'application/octet-stream',
    reply: z.unknown(),
  }),
};
