/** The sentences of the contract about single fields, as keys of the texts. The server says them in English. */
const known: Record<string, string> = {
  'is too short: use 12 letters or more': 'reasons.fields.password_short',
  'is not a country code, such as DE': 'reasons.fields.country',
  'is not a host name or address': 'reasons.fields.host',
  'is not a locale, such as en-US': 'reasons.fields.locale',
  'is not a time of day, such as 21:00': 'reasons.fields.time',
  'is not a time zone, such as Europe/Berlin': 'reasons.fields.zone',
  'may hold letters, digits, dots, dashes, and starts with a letter or digit': 'reasons.fields.username',
  'may not hold line breaks': 'reasons.fields.line_breaks',
  'Invalid email address': 'reasons.fields.email',
  'Invalid URL': 'reasons.fields.url',
};

/** The key for a sentence; what nobody foresaw is shown as it came, behind words that say so. */
export function fieldKey(sentence: string): string {
  return known[sentence] ?? 'reasons.fields.other';
}
