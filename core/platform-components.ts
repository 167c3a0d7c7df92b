/** The parts of a template as WhatsApp lists and takes them; of what others have written, anything may be missing or of another type. */
export type PlatformComponents = readonly Record<string, unknown>[];
export type TemplateButton = { kind: string; text: string; value: string; sample: string };

const place = /\{\{(\w+)\}\}/g;
/** Each place of a text once: its number, or its name. */
export const placesIn = (text: string): string[] => [...new Set(Array.from(text.matchAll(place), ([, name = '']) => name))];

export const componentIn = (components: PlatformComponents, type: string): Record<string, unknown> | undefined =>
  components.find((one) => String(one.type).toUpperCase() === type);

export function textOf(components: PlatformComponents, type: 'HEADER' | 'BODY' | 'FOOTER'): string {
  const text = componentIn(components, type)?.text;
  return typeof text === 'string' ? text : '';
}

/** The examples that were handed in with a text, in the order of its places. */
export function samplesOf(components: PlatformComponents, type: 'HEADER' | 'BODY'): string[] {
  const example = recordOf(componentIn(components, type)?.example);
  const [kind, named] = type === 'HEADER' ? ['header_text', 'header_text_named_params'] : ['body_text', 'body_text_named_params'];
  const given = listOf(example[kind]);
  const flat = Array.isArray(given[0]) ? given[0] : given;
  return [...flat, ...listOf(example[named]).map((one) => recordOf(one).example)].filter((one) => typeof one === 'string');
}

export function buttonsIn(components: PlatformComponents): TemplateButton[] {
  return listOf(componentIn(components, 'BUTTONS')?.buttons).map((one) => {
    const button = recordOf(one);
    const word = (name: string) => (typeof button[name] === 'string' ? button[name] : '');
    const [sample] = listOf(button.example);
    return {
      kind: word('type').toUpperCase(),
      text: word('text'),
      value: word('url') || word('phone_number'),
      sample: typeof sample === 'string' ? sample : '',
    };
  });
}

/** A text with the examples in its places, cut where these stand. */
export function withSamples(text: string, samples: readonly string[]): { text: string; isSample: boolean }[] {
  const places = placesIn(text);
  const parts: { text: string; isSample: boolean }[] = [];
  let from = 0;
  for (const found of text.matchAll(place)) {
    parts.push({ text: text.slice(from, found.index), isSample: false });
    parts.push({ text: samples[places.indexOf(found[1] ?? '')] || found[0], isSample: true });
    from = found.index + found[0].length;
  }
  return [...parts, { text: text.slice(from), isSample: false }].filter((part) => part.text !== '');
}

/** A template as a person writes it down. */
export type TemplateDraft = {
  name: string;
  language: string;
  category: 'MARKETING' | 'UTILITY';
  header: string;
  headerSample: string;
  body: string;
  bodySamples: string[];
  footer: string;
  buttons: TemplateButton[];
};

/** As WhatsApp takes it. */
export function componentsOf({ header, headerSample, body, bodySamples, footer, buttons }: TemplateDraft): Record<string, unknown>[] {
  const count = placesIn(body).length;
  const samples = bodySamples.slice(0, count);
  return [
    ...(header.trim()
      ? [{ type: 'HEADER', format: 'TEXT', text: header.trim(), ...(placesIn(header).length > 0 && { example: { header_text: [headerSample] } }) }]
      : []),
    { type: 'BODY', text: body.trim(), ...(count > 0 && { example: { body_text: [samples] } }) },
    ...(footer.trim() ? [{ type: 'FOOTER', text: footer.trim() }] : []),
    ...(buttons.length > 0 ? [{ type: 'BUTTONS', buttons: buttons.map(buttonOf) }] : []),
  ];
}

function buttonOf({ kind, text, value, sample }: TemplateButton): Record<string, unknown> {
  if (kind === 'URL') return { type: kind, text: text.trim(), url: value.trim(), ...(placesIn(value).length > 0 && { example: [sample.trim()] }) };
  return { type: kind, text: text.trim(), ...(kind === 'PHONE_NUMBER' && { phone_number: value.replaceAll(/[\s()-]/g, '') }) };
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
// Any object has names.
const recordOf = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {});
