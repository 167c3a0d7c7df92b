import { useWording } from '#ui/wording/use-wording.ts';
import type { Extent } from './use-contacts.ts';

/** How much is known of somebody, in one line: what there is none of is left out. */
export function useExtentWords() {
  const { counted, locale } = useWording();
  return (extent: Extent): string => {
    const parts = Object.entries(extent).flatMap(([name, count]) => (count > 0 ? [counted(`contacts.extent.${name}`, count)] : []));
    return new Intl.ListFormat(locale.value, { type: 'conjunction' }).format(parts);
  };
}
