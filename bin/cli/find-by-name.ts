import { Failure } from '#core/failure.ts';
import { plain } from './table.ts';

type Named = { id: string; name: string };

/** The row that a person means by its id, its name, or the beginning of either, as long as only one fits. */
export function findByName<T extends Named>(rows: readonly T[], word: string, noun: string): T {
  const wanted = word.trim().toLowerCase();
  const exact = rows.filter(({ id, name }) => id === wanted || name.toLowerCase() === wanted);
  const found = exact.length > 0 ? exact : rows.filter(({ id, name }) => id.startsWith(wanted) || name.toLowerCase().startsWith(wanted));
  const [first, second] = found;
  if (!first) throw new Failure('not_found', `There is no ${noun} called ${plain(word)}.`);
  if (second) throw new Failure('invalid_input', `${plain(word)} may mean ${found.slice(0, 5).map(described).join(', ')}. Give the id.`);
  return first;
}

const described = ({ id, name }: Named): string => `${plain(name)} (${id})`;
