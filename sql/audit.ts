import { z } from 'zod';
import type { Trx } from './database.ts';
import { instant } from './instant.ts';
import { type PageAsk, pageOfRows, readCursor } from './page.ts';

export type AuditEntry = {
  workspaceId: string;
  personId: string | null;
  action: string;
  subject: string;
  subjectId: string | null;
  detail?: Record<string, unknown>;
};

/** One row for one change. `detail` names fields and numbers, never their secret contents. */
export async function writeAudit(trx: Trx, entry: AuditEntry): Promise<void> {
  await trx
    .insertInto('audit')
    .values({
      workspace_id: entry.workspaceId,
      person_id: entry.personId,
      action: entry.action,
      subject: entry.subject,
      subject_id: entry.subjectId,
      detail: JSON.stringify(entry.detail ?? {}),
    })
    .execute();
}

export async function listAudit(trx: Trx, { cursor, limit }: PageAsk) {
  const after = readCursor(cursor, z.tuple([z.number()]));
  const found = await trx
    .selectFrom('audit')
    .leftJoin('people', 'people.id', 'audit.person_id')
    .select(['audit.id', 'audit.at', 'audit.person_id', 'people.username', 'audit.action', 'audit.subject', 'audit.subject_id', 'audit.detail'])
    .$if(after !== null, (query) => query.where('audit.id', '<', after?.[0] ?? 0))
    .orderBy('audit.id', 'desc')
    .limit(limit + 1)
    .execute();
  const page = pageOfRows(found, limit, (row) => [row.id]);
  return {
    next: page.next,
    rows: page.rows.map((row) => ({
      id: String(row.id),
      at: instant(row.at),
      personId: row.person_id,
      person: row.username,
      action: row.action,
      subject: row.subject,
      subjectId: row.subject_id,
      detail: row.detail as Record<string, unknown>, // Written by writeAudit, which takes objects only.
    })),
  };
}
