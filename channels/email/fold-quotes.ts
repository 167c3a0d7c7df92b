/**
 * What somebody wrote, apart from what their program has quoted below it. Only what stands at the end is folded: answers between quoted lines
 * belong together with them. A mail that is nothing but quotes stays as it is.
 */
export function foldQuotes(text: string): { text: string; folded: string | null } {
  const lines = text.replaceAll(/\r\n?/g, '\n').split('\n');
  const at = Math.min(headAt(lines), quotesAt(lines));
  const own = lines.slice(0, at).join('\n').trim();
  const rest = lines.slice(at).join('\n').trim();
  return own === '' || rest === '' ? { text: text.trim(), folded: null } : { text: own, folded: rest };
}

/** Lines that programs write above a mail that they quote without marks. */
const divider =
  /^[ \t]*(-{2,}[ \t]*(original message|original-nachricht|ursprüngliche nachricht|message d'origine|mensaje original|messaggio originale|mensagem original|исходное сообщение|пересланное сообщение|forwarded message)[ \t]*-{2,}|_{20,})[ \t]*$/i;
const fromLine = /^[ \t>]*\*?(from|von|de|da|от|van|fra|från)\*?[ \t]*:.*@/i;
const headerLine =
  /^[ \t>]*\*?(sent|date|to|subject|cc|gesendet|datum|an|betreff|envoyé|à|objet|enviado|para|asunto|fecha|inviato|oggetto|data|assunto|отправлено|дата|кому|тема)\*?[ \t]*:/i;

/** Where a quoted mail with its headers begins, or past the end. */
function headAt(lines: readonly string[]): number {
  const at = lines.findIndex(
    (line, index) => divider.test(line) || (fromLine.test(line) && lines.slice(index + 1, index + 4).some((next) => headerLine.test(next))),
  );
  return at < 0 ? lines.length : at;
}

const isQuoted = (line: string): boolean => /^[ \t]{0,3}>/.test(line);
const isBlank = (line: string): boolean => line.trim() === '';
/** "On Friday Ann wrote:" in whatever language: it ends with a colon, and names an address, a day or a time. */
const attribution = /(@|\d{1,2}[:.]\d{2}|\d{4}|<).*:[ \t]*$/;

/** Where the quoted lines at the end begin, with the line that says whose they are; past the end where something stands below them. */
function quotesAt(lines: readonly string[]): number {
  let at = lines.length;
  let hasQuotes = false;
  for (let index = lines.length - 1; index >= 0; index -= 1) {
    const line = lines[index] ?? '';
    if (isQuoted(line)) {
      hasQuotes = true;
      at = index;
    } else if (!isBlank(line)) break;
  }
  if (!hasQuotes) return lines.length;
  return at - attributionAbove(lines.slice(0, at));
}

const begins = /^(on|am|le|el|il|em|op|den|w dniu|\d)\b/i;

/** How many lines above a quote introduce it: programs break that line in two or three. */
function attributionAbove(above: readonly string[]): number {
  const blanks = above.length - above.findLastIndex((line) => !isBlank(line)) - 1;
  const written = above.slice(0, above.length - blanks);
  if (!attribution.test(written.slice(-3).join(' ').slice(-400))) return 0;
  // One line, or as many as stand together up to the one that begins with a word for "on".
  const start = written.findLastIndex((line, at) => at >= written.length - 3 && (begins.test(line) || isBlank(written[at - 1] ?? '')));
  return blanks + (start < 0 ? 1 : written.length - start);
}
