import { Zip, ZipDeflate, ZipPassThrough } from 'fflate';

/** One file of an archive. What is packed already, such as pictures, is taken as it is. */
export type ZipEntry = { name: string; isPacked?: boolean; content: AsyncIterable<Uint8Array> | Iterable<Uint8Array> };

/** An archive as it is made: nothing of it is held but what nobody has read yet. */
export async function* zipOf(entries: AsyncIterable<ZipEntry>): AsyncGenerator<Uint8Array> {
  let made: Uint8Array[] = [];
  let broken: Error | null = null;
  const zip = new Zip((error, chunk) => {
    if (error) broken = error;
    else made.push(chunk);
  });
  const take = () => {
    if (broken) throw broken;
    const ready = made;
    made = [];
    return ready;
  };
  for await (const { name, isPacked, content } of entries) {
    const file = isPacked ? new ZipPassThrough(name) : new ZipDeflate(name, { level: 6 });
    zip.add(file);
    for await (const part of content) {
      file.push(part);
      yield* take();
    }
    file.push(new Uint8Array(), true);
    yield* take();
  }
  zip.end();
  yield* take();
}
