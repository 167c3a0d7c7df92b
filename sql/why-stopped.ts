import { sql } from 'kysely';

/** Why nothing goes out of the workspace of the transaction; null: it does. */
export const whyStopped = sql<'workspace_stopped' | 'database_copied' | null>`(
  select case when is_copied() then 'database_copied' when w.stopped_at is not null then 'workspace_stopped' end from workspaces w where w.id = current_workspace())`;
