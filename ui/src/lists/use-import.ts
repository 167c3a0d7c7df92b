import type { ConsentBasis } from '#core/consent.ts';
import { toCsv } from '#core/csv.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';
import { usePages } from '#ui/connection/use-pages.ts';
import { saveFile } from '#ui/controls/save-file.ts';
import { useWording } from '#ui/wording/use-wording.ts';
import type { ColumnUse } from './import-columns.ts';
import { mappingOf } from './import-columns.ts';
import type { Import, ImportPreview, ImportReject } from './use-lists.ts';

export function useImportActs() {
  const client = useClient();
  return {
    retry: (id: string) => client.retryImport({ params: { id }, body: {} }),
    preview: (file: File) => client.previewImport({ body: {}, file: { name: file.name, content: file } }),
    start: (
      listId: string,
      file: File,
      plan: { preview: ImportPreview; uses: ColumnUse[]; defaultCountry: string | undefined; basis: ConsentBasis | undefined },
    ) =>
      client.startImport({
        params: { id: listId },
        file: { name: file.name, content: file },
        body: { mapping: mappingOf(plan.preview.columns, plan.uses, plan.preview.mapping), defaultCountry: plan.defaultCountry, basis: plan.basis },
      }),
  };
}

/** An encoding that no byte of the file proves. */
export function isGuessed(encoding: Import['encoding']): boolean {
  return encoding === 'Windows-1251' || encoding === 'Windows-1252';
}

/** One import as it goes, and the rows that it has rejected so far. */
export function useImport(id: () => string) {
  const client = useClient();
  const isOurs = (event: { kind: string; importId?: string }) => event.kind === 'import_changed' && event.importId === id();
  const { loaded, reload } = useLoaded<Import>((signal) => client.readImport({ params: { id: id() } }, signal), { on: isOurs, key: id });
  const rejects = usePages<ImportReject & { id: string }>(
    async (ask, signal) => {
      const page = await client.listRejects({ params: { id: id() }, query: ask }, signal);
      return { next: page.next, rows: page.rows.map((row) => ({ ...row, id: `${row.row} ${row.column} ${row.code}` })) };
    },
    { on: isOurs, key: id, pageSize: 200 },
  );
  return { loaded, reload, rejects };
}

/** The server's sentence is the exact one, in English; other languages say what the code means. */
export function useRejectWords() {
  const { locale, reason } = useWording();
  return (row: { code: string; reason: string }) => (locale.value.startsWith('en') || reason(row.code) === row.code ? row.reason : reason(row.code));
}

/** Every rejected row as a file that a spreadsheet opens. */
export function useRejectsFile() {
  const client = useClient();
  return async (id: string, fileName: string, head: string[], why: (row: ImportReject) => string) => {
    const rows: ImportReject[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await client.listRejects({ params: { id }, query: { cursor, limit: 200 } });
      rows.push(...page.rows);
      if (!page.next) break;
      cursor = page.next;
    }
    const lines = rows.map((row) => [String(row.row), row.column ?? '', row.value ?? '', why(row)]);
    saveFile(`${fileName.replace(/\.[^.]*$/, '')}-rejects.csv`, toCsv([head, ...lines]), 'text/csv');
  };
}
