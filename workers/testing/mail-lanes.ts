import { createEmailChannel } from '#channels/email/channel.ts';
import { type Catcher, startCatcher } from '#lab/mail/catcher.ts';
import type { Trx } from '#sql/database.ts';
import { type LaneGround, openLaneGround, startTestCampaign } from './open-lanes.ts';

export type MailLanes = Pick<LaneGround, 'base' | 'queue' | 'mediaStore' | 'workspaceId' | 'inside' | 'states'> & {
  catcher: Catcher;
  accountIds: readonly string[];
  /** A planned campaign to person1@example.org, person2@… over all accounts; running. */
  startCampaign(people: number, settings?: object, mediaId?: string): Promise<string>;
  /** One slice of an account, as a host of its own. */
  runSlice(accountId: string): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** A workspace with mail accounts that send to one catcher, each with its lane. Dispose of it when the file ends. */
export async function openMailLanes({ accounts, pool = 4, ...given }: { accounts: number; pool?: number; ground?: LaneGround }): Promise<MailLanes> {
  const ground = given.ground ?? (await openLaneGround());
  const { workspaceId, inside } = ground;
  const catcher = await startCatcher();
  const accountIds = await inside((trx) => addAccounts(trx, workspaceId, accounts));
  const settings = { host: '127.0.0.1', port: catcher.smtpPort, security: 'none', username: null, password: null, fromName: '', pool } as const;
  const channel = createEmailChannel({ settingsOf: async () => ({ ...settings, fromAddress: 'a@example.com' }) });
  return {
    ...ground,
    catcher,
    accountIds,
    startCampaign: (people, given, mediaId) => inside((trx) => startMailCampaign(trx, { workspaceId, accountIds, people, settings: given, mediaId })),
    runSlice: ground.runSlices(() => channel),
    async [Symbol.asyncDispose]() {
      await channel.close();
      await catcher.close();
      await ground[Symbol.asyncDispose]();
    },
  };
}

async function addAccounts(trx: Trx, workspaceId: string, count: number): Promise<string[]> {
  const settings = { quietHours: null, ceilings: { email: { perHour: 100_000, perRecipientPerDay: 100 } } };
  await trx
    .updateTable('workspaces')
    .set({ settings: JSON.stringify(settings) })
    .execute();
  const values = Array.from({ length: count }, (_, at) => ({
    workspace_id: workspaceId,
    channel: 'email',
    addressed_by: 'email',
    name: `mail ${at}`,
  }));
  return (await trx.insertInto('accounts').values(values).returning('id').execute()).map((row) => row.id);
}

type Start = {
  workspaceId: string;
  accountIds: readonly string[];
  people: number;
  settings?: object | undefined;
  mediaId?: string | undefined;
};

/** A planned campaign to person1@example.org, person2@…; running. */
export const startMailCampaign = (trx: Trx, { people: count, ...start }: Start): Promise<string> =>
  startTestCampaign(trx, {
    ...start,
    people: { count, kind: 'email', addressOf: (n) => `person${n}@example.org` },
    content: { subject: 'Hi', body: 'Hello {{name}}' },
  });
