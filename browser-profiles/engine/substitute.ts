import { Failure } from '#core/failure.ts';

export type Inputs = Readonly<Record<string, string>>;

/** Replaces `{{name}}`, `{{name|digits}}` and `{{name|bare}}` by inputs. There is nothing else: no expressions, no defaults, no nesting. */
export function substitute(template: string, inputs: Inputs, encode: (value: string) => string = (value) => value): string {
  return template.replace(/\{\{([a-z][A-Za-z0-9_]*)(\|digits|\|bare)?\}\}/g, (_, name: string, only?: string) => {
    const value = inputs[name];
    if (value === undefined) throw new Failure('script_invalid', `The script uses "${name}", which it was not given.`);
    if (only === '|digits') return encode(value.replace(/\D/g, ''));
    return encode(only === '|bare' ? value.replace(/^@/, '') : value);
  });
}

export const inPath = (template: string, inputs: Inputs): string => substitute(template, inputs, encodeURIComponent);

/** Inside a quoted attribute value of a selector, as CSS escapes strings. */
export const inCss = (css: string, inputs: Inputs): string =>
  substitute(css, inputs, (value) => value.replace(/["'\\\]\n\r\f]/g, (sign) => `\\${sign.codePointAt(0)?.toString(16)} `));
