import { randomUUID } from 'node:crypto';
import { type Db, inWorkspace } from '#sql/database.ts';
import { addProfile } from '#sql/profiles.ts';

/** A stopped profile that goes out directly; its id. */
export function addTestProfile(db: Db, workspaceId: string, baseUrl = 'http://x/'): Promise<string> {
  const plain = {
    channel: 'converse',
    addressedBy: 'jid',
    proxyId: null,
    locale: 'en',
    zone: 'UTC',
    stealth: false,
    pace: {},
    ceilings: {},
  } as const;
  return inWorkspace(db, workspaceId, (trx) => addProfile(trx, workspaceId, { ...plain, name: randomUUID(), baseUrl }));
}
