import type { Trx } from './database.ts';

export function currentVersion(trx: Trx, templateId: string) {
  return trx
    .selectFrom('template_versions')
    .innerJoin('templates', (join) =>
      join.onRef('templates.id', '=', 'template_versions.template_id').onRef('templates.version', '=', 'template_versions.version'),
    )
    .select([
      'template_versions.id',
      'template_versions.subject',
      'template_versions.body',
      'template_versions.html',
      'template_versions.extras',
      'template_versions.variables',
    ])
    .where('templates.id', '=', templateId)
    .executeTakeFirstOrThrow();
}

/** The version that a campaign was frozen with; null where it has none of its own, as a blast's text. */
export async function frozenVersion(trx: Trx, campaignId: string) {
  const row = await trx
    .selectFrom('campaigns')
    .innerJoin('template_versions', 'template_versions.id', 'campaigns.template_version_id')
    .select(['template_versions.id', 'template_versions.subject', 'template_versions.body', 'template_versions.html', 'template_versions.extras'])
    .where('campaigns.id', '=', campaignId)
    .executeTakeFirst();
  return row ?? null;
}
