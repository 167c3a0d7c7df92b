import { sql } from 'kysely';
import { Failure } from '#core/failure.ts';
import { countPeople } from './audience.ts';
import { audienceAskFor } from './campaign-audience.ts';
import type { readCampaign } from './campaigns.ts';
import { currentVersion } from './current-version.ts';
import type { Trx } from './database.ts';
import { recordEvent } from './events.ts';
import { readWorkspace } from './workspace.ts';

type CampaignReply = Awaited<ReturnType<typeof readCampaign>>;
type By = { workspaceId: string; personId: string | null };

/** A second person has looked at the draft as it stands: it may be started by anybody else. */
export async function approveCampaign(trx: Trx, campaign: CampaignReply, { workspaceId, personId }: By): Promise<void> {
  if (!campaign.templateId)
    throw new Failure('invalid_input', 'The campaign is not complete.', { fields: { templateId: 'is missing: choose what is sent' } });
  const people = await countPeople(trx, await audienceAskFor(trx, workspaceId, campaign));
  const version = await currentVersion(trx, campaign.templateId);
  await sql`update campaigns set approved_by = ${personId}, approved_at = now(), approved_people = ${people}, approved_version = ${version.id} where id = ${campaign.id}`.execute(
    trx,
  );
  await recordEvent(trx, workspaceId, { kind: 'campaign_changed', campaignId: campaign.id });
}

/** Throws `needs_approval` where so many people need a second person's word, and there is none for this text to so many. */
export async function requireApproval(trx: Trx, campaign: CampaignReply, { workspaceId, personId }: By): Promise<void> {
  const { settings } = await readWorkspace(trx);
  const limit = settings.approveAbove ?? null;
  if (limit === null) return;
  const people = await countPeople(trx, await audienceAskFor(trx, workspaceId, campaign));
  if (people <= limit) return;
  const { rows } = await sql<{ approved_by: string | null; approved_people: number | null; is_same: boolean | null }>`
    select k.approved_by, k.approved_people, v.template_id = k.template_id and v.version = t.version as is_same
      from campaigns k left join template_versions v on v.id = k.approved_version left join templates t on t.id = k.template_id where k.id = ${campaign.id}`.execute(
    trx,
  );
  const given = rows[0];
  const isByAnother = given?.approved_by != null && given.approved_by !== personId;
  if (isByAnother && given.is_same && people <= (given.approved_people ?? 0)) return;
  throw new Failure('needs_approval', `It goes to ${people} people, which is more than ${limit}: somebody else has to approve it first.`);
}
