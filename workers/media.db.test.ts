import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { beginMedia, finishMedia } from '#sql/media.ts';
import { forgetMedia } from './media.ts';
import { type MailLanes, openMailLanes } from './testing/mail-lanes.ts';

let lanes: MailLanes;
let accountId: string;
beforeAll(async () => {
  lanes = await openMailLanes({ accounts: 1 });
  accountId = lanes.accountIds[0] ?? '';
});
afterAll(async () => {
  await lanes[Symbol.asyncDispose]();
});

const content = Buffer.concat([Buffer.from('%PDF-1.4\n'), Buffer.alloc(1_200_000, 'ab'), Buffer.from('%%EOF')]);

async function addFile(): Promise<string> {
  const { workspaceId, inside, mediaStore } = lanes;
  const { rows } = await inside((trx) => sql<{ id: string }>`select id from people`.execute(trx));
  const file = { workspaceId, personId: rows[0]?.id ?? '', name: 'Preisliste März.pdf', kind: 'document', mimeType: 'application/pdf' } as const;
  const mediaId = await inside((trx) => beginMedia(trx, { ...file, bytes: content.length }));
  await mediaStore.put({ workspaceId, mediaId }, content);
  await inside((trx) => finishMedia(trx, mediaId));
  return mediaId;
}

test('a campaign with a file attaches it to every mail, and each message keeps it', async () => {
  const { inside, catcher } = lanes;
  const mediaId = await addFile();
  const campaignId = await lanes.startCampaign(3, {}, mediaId);
  await lanes.runSlice(accountId);
  expect(await lanes.states(campaignId)).toEqual({ sent: 3 });
  const [mail] = await catcher.messages({ to: 'person2@example.org' });
  expect(mail?.attachments).toMatchObject([{ name: 'Preisliste März.pdf', type: 'application/pdf', bytes: content.length }]);
  const kept = await inside((trx) => trx.selectFrom('messages').select(['kind', 'media_id', 'body']).orderBy('body').execute());
  expect(kept).toEqual([1, 2, 3].map((n) => ({ kind: 'document', media_id: mediaId, body: `Hello Person ${n}` })));
});

test('files that nothing uses are removed after a day, with their bytes; those of a message or a draft stay', async () => {
  const { base, inside, mediaStore, workspaceId } = lanes;
  const [unused, planned] = [await addFile(), await addFile()];
  await inside((trx) => trx.insertInto('campaigns').values({ workspace_id: workspaceId, name: 'A draft', media_id: planned }).execute());
  const left = (hours: number) =>
    forgetMedia({ db: base.db, mediaStore }, new Date(Date.now() + hours * 3_600_000)).then(() =>
      inside((trx) => sql<{ id: string }>`select distinct media_id as id from media_chunks`.execute(trx)).then(({ rows }) =>
        rows.map((row) => row.id),
      ),
    );
  expect(await left(23)).toContain(unused);
  const kept = await left(25);
  expect(kept).not.toContain(unused);
  // The file of the campaign above, and that of the draft.
  expect(kept).toHaveLength(2);
  expect(kept).toContain(planned);
});
