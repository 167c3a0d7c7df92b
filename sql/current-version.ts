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
