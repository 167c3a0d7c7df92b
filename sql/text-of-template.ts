import { Failure } from '#core/failure.ts';
import { fillTemplate } from '#core/fill-template.ts';
import type { PlatformExtras } from '#core/platform-extras.ts';
import type { Trx } from './database.ts';
import { findTemplate } from './platform-templates.ts';

type Ask = { accountId: string; extras: PlatformExtras | null | undefined; hasFile: boolean };

/**
 * The words of the platform's template with its values, so that the conversation shows what the person reads; empty without a template, or while
 * nobody has listed the templates of this business. Throws `send_refused` that names the rule when the platform would refuse it.
 */
export async function textOfTemplate(trx: Trx, { accountId, extras, hasFile }: Ask): Promise<string> {
  const order = extras?.template;
  if (!order) return '';
  const { isListed, template } = await findTemplate(trx, { accountId, name: order.name, language: order.language });
  if (!isListed) return '';
  if (!template) throw refused('template_unknown', `The platform has no template ${order.name} in ${order.language}.`);
  const filled = fillTemplate(template, order, { hasFile });
  if (filled.is === 'broken') throw refused(filled.rule, filled.sentence);
  return filled.text;
}

const refused = (rule: string, sentence: string): Failure => new Failure('send_refused', `${sentence} (${rule})`, { fields: { extras: rule } });
