import { createRequire } from 'node:module';
import type juice from 'juice';
import { type CompiledTemplate, compileTemplate, type TemplateSource } from '#core/template.ts';

const load = createRequire(import.meta.url);
let inline: typeof juice | undefined;

/**
 * A template with the rules of its style sheets at the elements they are for: many mail programs read no other. What cannot stand at an element,
 * such as `:hover` and `@media`, stays in the head. It is done once for each version and not for each mail, and variables pass through as they
 * are. Throws `template_invalid` with the place in what was written.
 */
export function compileMail(source: TemplateSource): CompiledTemplate {
  const written = compileTemplate(source);
  if (!source.html || !/<style\b/i.test(source.html)) return written;
  // Loaded for the first that needs it: half a second that no start should wait for.
  inline ??= (load('juice') as { default: typeof juice }).default; // What this module exports.
  return { ...written, render: compileTemplate({ ...source, html: inline(source.html) }).render };
}
