import { Readable } from 'node:stream';
import type { MediaStore } from '#core/media.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { type ExportedFile, exportFacts, exportMessages } from '#sql/export-contact.ts';
import type { Blob } from './handler.ts';
import { type ZipEntry, zipOf } from './zip.ts';

export type ExportParts = { db: Db; mediaStore: Pick<MediaStore, 'read'> };
type Place = { workspaceId: string; contactId: string };

/** All that is known of a person as one archive, made while it is read. Throws `not_found`. */
export async function exportPerson({ db, mediaStore }: ExportParts, place: Place): Promise<Blob> {
  const facts = await inWorkspace(db, place.workspaceId, (trx) => exportFacts(trx, place.contactId));
  const files = new Map<string, ExportedFile>();
  async function* entries(): AsyncGenerator<ZipEntry> {
    yield { name: 'person.json', content: [bytesOf(JSON.stringify(facts, null, 2))] };
    yield { name: 'messages.json', content: messages() };
    for (const file of files.values())
      yield { name: file.name, isPacked: true, content: mediaStore.read({ workspaceId: place.workspaceId, mediaId: file.id }) };
  }
  async function* messages(): AsyncGenerator<Uint8Array> {
    let before = '[\n';
    for await (const { message, file } of exportMessages(db, place)) {
      if (file) files.set(file.id, file);
      yield bytesOf(`${before}${JSON.stringify(message)}`);
      before = ',\n';
    }
    yield bytesOf(before === '[\n' ? '[]\n' : '\n]\n');
  }
  return {
    contentType: 'application/zip',
    fileName: `person-${place.contactId}.zip`,
    content: Readable.from(zipOf(entries()), { objectMode: false }),
  };
}

const bytesOf = (text: string): Uint8Array => Buffer.from(text);
