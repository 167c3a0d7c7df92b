import { changeValues, PlatformExtras, valuesOf } from './platform-extras.ts';
import { type CompiledTemplate, compileTemplate, type TemplateSource } from './template.ts';

export type CompiledExtras = {
  variables: string[];
  /** Those without which nobody gets the message. */
  required: string[];
  render(values: Readonly<Record<string, unknown>>): { extras: PlatformExtras; missing: string[] };
};

/** The values of a platform's template are texts with variables, as the template itself. Throws `template_invalid`. */
export function compileExtras(extras: PlatformExtras): CompiledExtras {
  const compiled = new Map<string, CompiledTemplate>(valuesOf(extras).map((body) => [body, compileTemplate({ body })]));
  return {
    variables: namesIn(compiled, 'variables'),
    required: namesIn(compiled, 'required'),
    render(values) {
      const missing = new Set<string>();
      const rendered = changeValues(extras, (body) => {
        const one = compiled.get(body)?.render(values);
        for (const name of one?.missing ?? []) missing.add(name);
        return one?.text ?? body;
      });
      return { extras: rendered, missing: [...missing] };
    },
  };
}

const namesIn = (compiled: ReadonlyMap<string, CompiledTemplate>, which: 'variables' | 'required'): string[] => [
  ...new Set([...compiled.values()].flatMap((one) => one[which])),
];

/** All variables of a template, or those it cannot do without: of its texts and of what a platform takes beside them. */
export function namesOf(source: TemplateSource & { extras?: unknown }, which: 'variables' | 'required'): string[] {
  const extras = source.extras ? compileExtras(PlatformExtras.parse(source.extras))[which] : [];
  return [...new Set([...compileTemplate(source)[which], ...extras])];
}
