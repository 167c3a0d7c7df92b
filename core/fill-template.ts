import { placesIn as namesIn } from './platform-components.ts';
import type { TemplateOrder } from './platform-extras.ts';

/** A template as its platform has it. */
export type ApprovedTemplate = { status: string; components: readonly Record<string, unknown>[] };
export type Filled = { is: 'filled'; text: string } | { is: 'broken'; rule: 'template_not_approved' | 'template_values'; sentence: string };

/** What a person will read: the approved words with the values in their places. Names the rule that the order breaks, if it does. */
export function fillTemplate({ status, components }: ApprovedTemplate, order: TemplateOrder, { hasFile }: { hasFile: boolean }): Filled {
  if (status !== 'APPROVED')
    return {
      is: 'broken',
      rule: 'template_not_approved',
      sentence: `The template ${order.name} is ${status.toLowerCase()} at the platform, not approved.`,
    };
  const find = (type: string) => components.find((one) => String(one.type).toUpperCase() === type);
  const header = find('HEADER');
  const format = String(header?.format ?? 'TEXT').toUpperCase();
  const takesFile = header !== undefined && format !== 'TEXT' && format !== 'LOCATION';
  const hasLink = order.header !== undefined && 'link' in order.header;
  if (takesFile !== (hasFile || hasLink))
    return broken(takesFile ? `needs a file in its header (${format.toLowerCase()})` : 'has no file in its header');
  const headValues = order.header && 'text' in order.header ? [order.header.text] : [];
  const head = takesFile ? '' : fill(header?.text, headValues);
  if (head === null) return broken(`takes ${placesIn(header?.text).length} values in its header, not ${headValues.length}`);
  const body = fill(find('BODY')?.text, order.body);
  if (body === null) return broken(`takes ${placesIn(find('BODY')?.text).length} values, not ${order.body.length}`);
  return { is: 'filled', text: [head, body].filter(Boolean).join('\n') };

  function broken(what: string): Filled {
    return { is: 'broken', rule: 'template_values', sentence: `The template ${order.name} ${what}.` };
  }
}

const place = /\{\{(\w+)\}\}/g;
/** Each place once, as the platform takes their values: by number, whatever their order in the text, or by name as they come. */
const placesIn = (text: unknown): string[] => namesIn(String(text ?? '')).toSorted((a, b) => Number(a) - Number(b));

/** Null when there are more or fewer values than places. */
function fill(text: unknown, values: readonly string[]): string | null {
  const places = placesIn(text);
  if (places.length !== values.length) return null;
  return String(text ?? '').replaceAll(place, (_, name: string) => values[places.indexOf(name)] ?? '');
}
