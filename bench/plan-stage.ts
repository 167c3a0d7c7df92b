import { randomUUID } from 'node:crypto';
import type pg from 'pg';

/** Who is planned for: a workspace with one mail account, one template, and a list of people with two fields each. */
export type PlanStage = { workspaceId: string; addCampaign(): Promise<string> };

/** Written straight into the tables, and known to the statistics as after an import and a while. */
export async function setPlanStage(admin: pg.Client, people: number): Promise<PlanStage> {
  const one = async (text: string, values: unknown[]): Promise<string> => (await admin.query(text, values)).rows[0].id;
  const workspaceId = await one(`select workspace_id as id from register_workspace('bench', 'UTC', 'bench@patchbay.test', 'Bench', '', 'x')`, []);
  const templateId = await one(`insert into templates (workspace_id, name) values ($1, 'bench') returning id`, [workspaceId]);
  const versionId = await one(
    `insert into template_versions (workspace_id, template_id, version, subject, body)
     values ($1, $2, 1, 'Order {{order}}', 'Hello {{first_name}} in {{city}}, order {{order}} is on its way.') returning id`,
    [workspaceId, templateId],
  );
  const accountId = await one(`insert into accounts (workspace_id, channel, addressed_by, name) values ($1, 'email', 'email', 'mail') returning id`, [
    workspaceId,
  ]);
  const listId = await one(`insert into lists (workspace_id, name) values ($1, 'bench') returning id`, [workspaceId]);
  await admin.query(
    `with made as (
       insert into contacts (id, workspace_id, name, fields)
       select gen_random_uuid(), $1, 'Person ' || n, jsonb_build_object('city', 'City ' || n % 1000, 'order', 'A-' || n) from generate_series(1, $3) n returning id, name
     ), addressed as (
       insert into aliases (workspace_id, contact_id, kind, value, typed)
       select $1, id, 'email', replace(lower(name), ' ', '.') || '@example.com', replace(lower(name), ' ', '.') || '@example.com' from made
     )
     insert into list_entries (list_id, contact_id, workspace_id) select $2, id, $1 from made`,
    [workspaceId, listId, people],
  );
  await admin.query('vacuum analyze contacts, aliases, list_entries');
  return {
    workspaceId,
    async addCampaign() {
      const id = await one(
        `insert into campaigns (workspace_id, name, state, template_id, template_version_id, audience, settings)
         values ($1, $2, 'planning', $3, $4, $5, '{}') returning id`,
        [workspaceId, randomUUID(), templateId, versionId, JSON.stringify({ listIds: [listId], contactIds: [], segmentIds: [] })],
      );
      await admin.query('insert into campaign_senders (campaign_id, account_id, workspace_id, place) values ($1, $2, $3, 0)', [
        id,
        accountId,
        workspaceId,
      ]);
      return id;
    },
  };
}
