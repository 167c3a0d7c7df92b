import { type RawBuilder, sql } from 'kysely';
import { numberTitle } from '#core/title-key.ts';

/** Whether a conversation of this alias is the one that a messenger shows under a title, see `titleKey`. */
export function isTitled(conversation: string, title: RawBuilder<unknown>): RawBuilder<boolean> {
  const [peer, known] = [sql.ref(`${conversation}.peer`), sql.ref(`${conversation}.title`)];
  return sql`(${title} in (${peer}, ${known}) or (${title} ~ ${sql.lit(numberTitle.source)} and ${digits(peer)} = ${digits(title)}))`;
}

const digits = (text: RawBuilder<unknown>) => sql`regexp_replace(${text}, '[^0-9]', '', 'g')`;
