type Note = { at: string; what: string; about: string | null };

/** A request that fails each second would push everything else out of sight: notes that say the same become one, with its count and newest time. */
export function alikeNotes(notes: readonly Note[]): (Note & { count: number })[] {
  const found = new Map<string, Note & { count: number }>();
  for (const note of notes) {
    const key = `${note.what} ${note.about}`;
    const known = found.get(key);
    found.set(key, known ? { ...known, at: known.at > note.at ? known.at : note.at, count: known.count + 1 } : { ...note, count: 1 });
  }
  return [...found.values()];
}
