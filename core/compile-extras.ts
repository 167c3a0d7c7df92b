import { changeValues, type PlatformExtras, valuesOf } from './platform-extras.ts';
import { type CompiledTemplate, compileTemplate } from './template.ts';

export type CompiledExtras = {
  variables: string[];
  render(values: Readonly<Record<string, unknown>>): { extras: PlatformExtras; missing: string[] };
};

/** The values of a platform's template are texts with variables, as the template itself. Throws `template_invalid`. */
export function compileExtras(extras: PlatformExtras): CompiledExtras {
  const compiled = new Map<string, CompiledTemplate>(valuesOf(extras).map((body) => [body, compileTemplate({ body })]));
  return {
    variables: [...new Set([...compiled.values()].flatMap(({ variables }) => variables))],
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
