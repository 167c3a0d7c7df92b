import { until } from '#bin/demo/until.ts';
import type { Client } from '#core/api/client.ts';

type Ask = { listId: string /** Lines of a CSV file, its head first. */; lines: readonly string[]; signal: AbortSignal };

/** Fills a list from a file, as a person does, and waits for it. Throws when somebody of it was left out. */
export async function importPeople(client: Client, { listId, lines, signal }: Ask): Promise<void> {
  const started = await client.startImport({
    params: { id: listId },
    body: { basis: { source: 'other', date: '2026-01-01', evidence: 'made up for this run' } },
    file: { name: 'people.csv', content: new Blob([lines.join('\n')]) },
  });
  const done = await until(
    'The import',
    async () => {
      const now = await client.readImport({ params: { id: started.id } });
      return now.state === 'running' ? null : now;
    },
    { seconds: 300, signal },
  );
  const taken = done.added + done.updated + done.duplicates;
  if (taken !== lines.length - 1) throw new Error(`only ${taken} of ${lines.length - 1} people were imported`);
}
