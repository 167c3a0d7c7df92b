import { type CountryCode, isSupportedCountry, type PhoneNumber, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { AddressKind } from './channel.ts';
import { zoneOfCountry } from './country-zones.ts';
import { Failure } from './failure.ts';

export type AddressProblem = 'no_address' | 'phone_invalid' | 'phone_ambiguous' | 'email_invalid' | 'jid_invalid' | 'handle_invalid';
export type Refused = { is: 'refused'; code: AddressProblem; reason: string };
/** `aliases` are other numbers under which messengers know the same line: Brazil's ninth digit, Mexico's 1, Argentina's 9. */
export type Phone = { is: 'phone'; e164: string; country: string | null; aliases: string[] };
/** `value` is how an address is stored and compared; the first of `aliases` is never `value` itself. */
export type Address = { is: 'address'; kind: AddressKind; value: string; aliases: string[] };

const refuse = (code: AddressProblem, reason: string): Refused => ({ is: 'refused', code, reason });
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
/** Marks that copying from chats and address books leaves behind: zero-width characters and writing directions. */
const invisible = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/**
 * A phone number as people and spreadsheets write it → E.164. Number cells, a leading 00, spaces of any kind, parentheses and a missing
 * leading zero are read; letters, extensions, rounded numbers and numbers that may mean two countries are refused with a sentence.
 */
export function parsePhone(typed: string | number, defaultCountry: string): Phone | Refused {
  const written = cleaned(typed);
  if (typeof written !== 'string') return written;
  if (/^[+-]?\d+([.,]\d+)?e[+-]?\d+$/i.test(written))
    return refuse('phone_invalid', `A spreadsheet has rounded this number to ${written}. Format the column as text and enter it again.`);
  if (/\p{L}/u.test(written)) return refuse('phone_invalid', 'A phone number holds no letters.');
  const country = isSupportedCountry(defaultCountry) ? defaultCountry : undefined;
  const text = written.replace(/^'/, '').replace(/^[＋+]?\s*00(?=[\s\d(])/, '+');
  const digits = text.replaceAll(/\P{Nd}/gu, '');
  if (digits.length < 5) return refuse('phone_invalid', 'This is too short for a phone number.');
  if (digits.length > 17) return refuse('phone_invalid', 'This is too long for a phone number.');
  const isBare = !/^[+0＋]/.test(text.replace(/^[\s(]+/, ''));
  return isBare ? bareNumber(text, digits, country) : finished(read(text, country), text);
}

/** A mail address in the form that mail servers agree on; it is compared in lower case, because mailboxes are. */
export function parseEmail(typed: string): { is: 'email'; value: string } | Refused {
  const written = cleaned(typed);
  if (typeof written !== 'string') return { ...written, code: written.code === 'no_address' ? 'no_address' : 'email_invalid' };
  const text = written.replace(/^mailto:/i, '').replace(/^[^<>]*<([^<>]*)>$/, '$1');
  const at = text.lastIndexOf('@');
  if (at < 1 || at !== text.indexOf('@')) return refuse('email_invalid', 'A mail address has exactly one @.');
  if (/[\s,;<>"()[\]\\]/.test(text)) return refuse('email_invalid', 'This holds a space or a sign that a mail address cannot have.');
  const local = text.slice(0, at);
  if (!/^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i.test(local) || local.length > 64)
    return refuse('email_invalid', 'What stands before the @ is not a mailbox name.');
  const domain = domainOf(text.slice(at + 1));
  if (!domain?.includes('.') || /\.\d+$/.test(domain)) return refuse('email_invalid', 'What stands after the @ is not a domain.');
  const value = `${local}@${domain}`.toLowerCase();
  return value.length > 254 ? refuse('email_invalid', 'This is longer than a mail address may be.') : { is: 'email', value };
}

/** A bare Jabber id: what stands after a slash names a device, not a person. The domain may be a single word, as on one machine. */
export function parseJid(typed: string): { is: 'jid'; value: string } | Refused {
  const written = cleaned(typed);
  if (typeof written !== 'string') return { ...written, code: written.code === 'no_address' ? 'no_address' : 'jid_invalid' };
  const [bare = ''] = written.replace(/^xmpp:/i, '').split('/');
  const [local = '', host = '', ...more] = bare.split('@');
  const domain = domainOf(host);
  // RFC 7622: these may not stand in the local part.
  if (more.length > 0 || !domain || local === '' || /[\s"&'/:<>@]/.test(local))
    return refuse('jid_invalid', 'A Jabber id looks like ann@example.org.');
  const value = `${local}@${domain}`.toLowerCase();
  return value.length > 320 ? refuse('jid_invalid', 'This is longer than a Jabber id may be.') : { is: 'jid', value };
}

/**
 * A user name of a messenger, without the @ that some people write, or the link to it. Groups and channels have user names too, or an id with a
 * minus.
 */
export function parseHandle(typed: string): { is: 'handle'; value: string } | Refused {
  const written = cleaned(typed);
  if (typeof written !== 'string') return { ...written, code: written.code === 'no_address' ? 'no_address' : 'handle_invalid' };
  const value = written
    .replace(/^https?:\/\/[^/]+\/(?:.*[/#])?/i, '')
    .replace(/^@/, '')
    .toLowerCase();
  if (!/^[\p{L}\p{N}_.-]{2,64}$/u.test(value)) return refuse('handle_invalid', 'A user name has 2 to 64 letters, digits, dots or underscores.');
  return { is: 'handle', value };
}

/** What was typed for an account: a messenger that goes by user names takes phone numbers too, written with + or 00. */
export function kindOfTyped(addressedBy: AddressKind, typed: string): AddressKind {
  return addressedBy === 'handle' && /^\s*(\+|00)[\d\s().-]+$/.test(typed) ? 'phone' : addressedBy;
}

/** A group that a messenger of phone numbers knows by its name alone: "group:Book club". */
function parseGroup(typed: string): Address | Refused {
  const written = cleaned(typed);
  if (typeof written !== 'string') return written;
  const name = written.slice('group:'.length).trim();
  if (name === '') return refuse('no_address', 'A group is written as group: and its name.');
  return name.length > 100
    ? refuse('phone_invalid', 'This is longer than the name of a group.')
    : { is: 'address', kind: 'phone', value: `group:${name}`, aliases: [] };
}

/** Any kind of address in the form in which it is stored and compared. */
export function normalizeAddress(kind: AddressKind, typed: string | number, defaultCountry: string): Address | Refused {
  if (kind === 'phone') {
    if (typeof typed === 'string' && /^\s*group:/i.test(typed)) return parseGroup(typed.trim());
    const phone = parsePhone(typed, defaultCountry);
    return phone.is === 'refused' ? phone : { is: 'address', kind, value: phone.e164, aliases: phone.aliases };
  }
  if (kind === 'scoped_id') return refuse('no_address', 'Nobody can be named here: only people who have written can be answered.');
  const parse = { email: parseEmail, jid: parseJid, handle: parseHandle }[kind];
  const parsed = parse(String(typed));
  return parsed.is === 'refused' ? parsed : { is: 'address', kind, value: parsed.value, aliases: [] };
}

/** Throws `invalid_input` unless national phone numbers can be read by this country: `ZZ` is two letters too. */
export function requireCountry(code: string): void {
  if (isSupportedCountry(code)) return;
  const sentence = 'is not a country whose phone numbers are known; give one such as DE';
  throw new Failure('invalid_input', `defaultCountry: ${sentence}.`, { fields: { defaultCountry: sentence } });
}

/** The zone of the capital of a number's country, for quiet hours; null when the number names no country, as +800 does. */
export function zoneOfPhone(e164: string): string | null {
  const country = parsePhoneNumberFromString(e164)?.country;
  return country ? zoneOfCountry(country) : null;
}

function cleaned(typed: string | number): string | Refused {
  if (typeof typed === 'number')
    return Number.isSafeInteger(typed) && typed > 0 ? String(typed) : refuse('phone_invalid', 'A phone number is a whole number.');
  if (control.test(typed)) return refuse('phone_invalid', 'This holds a line break or a control character.');
  const text = typed.normalize('NFKC').replaceAll(invisible, '').replaceAll(/\s+/g, ' ').trim();
  if (text === '') return refuse('no_address', 'Nothing stands here.');
  return text.length > 400 ? refuse('phone_invalid', 'This is too long for an address.') : text;
}

const read = (text: string, country: CountryCode | undefined): PhoneNumber | undefined =>
  parsePhoneNumberFromString(text, { ...(country ? { defaultCountry: country } : {}), extract: false });
const isMobile = (number: PhoneNumber): boolean => /MOBILE/.test(number.getType() ?? '');

/**
 * Digits without + or 0 in front, as a number cell leaves them: a national number that lost its zero, or an international one that lost its
 * plus. The default country decides; where only another country would give a mobile, nobody is guessed at.
 */
function bareNumber(text: string, digits: string, country: CountryCode | undefined): Phone | Refused {
  const national = country ? repaired(read(text, country)) : undefined;
  // Shorter ones are national everywhere that matters: 11 digits is a country code and ten more.
  const abroad = digits.length >= 11 ? repaired(read(`+${digits}`, undefined)) : undefined;
  if (!abroad) return finished(national ?? read(text, country), text);
  if (!national) return finished(abroad, text);
  if (isMobile(national) || !isMobile(abroad)) return finished(national, text);
  if (abroad.country === country) return finished(abroad, text);
  return refuse('phone_ambiguous', `This may be ${abroad.number} or ${national.number}. Write it with + and the country code.`);
}

/** The number when it is valid, also after adding Brazil's ninth digit or taking Mexico's old 1 away. */
function repaired(number: PhoneNumber | undefined): PhoneNumber | undefined {
  if (!number || number.isValid()) return number;
  const brazil = /^\+55(\d{2})([6-9]\d{7})$/.exec(number.number);
  const mexico = /^\+521(\d{10})$/.exec(number.number);
  const other = (brazil && `+55${brazil[1]}9${brazil[2]}`) || (mexico && `+52${mexico[1]}`);
  const repair = other ? read(other, undefined) : undefined;
  return repair?.isValid() ? repair : undefined;
}

function finished(number: PhoneNumber | undefined, text: string): Phone | Refused {
  const valid = repaired(number);
  if (!valid) return refuse('phone_invalid', whyNot(number, text));
  if (valid.ext) return refuse('phone_invalid', 'A number with an extension cannot get messages.');
  return { is: 'phone', e164: valid.number, country: valid.country ?? null, aliases: aliasesOf(valid.number) };
}

function whyNot(number: PhoneNumber | undefined, text: string): string {
  if (!number) return text.startsWith('+') ? 'No country has this country code.' : 'This is not a phone number.';
  return `${number.number} is not a number that ${number.country ?? 'any country'} gives out: too short, too long, or an unknown area.`;
}

function aliasesOf(e164: string): string[] {
  // Without the ninth digit only old trunking lines (70, 77-79) are valid by themselves; they may have got it since.
  const brazil = /^\+55(\d{2})(9?)([6-9]\d{7})$/.exec(e164);
  if (brazil) return [brazil[2] ? `+55${brazil[1]}${brazil[3]}` : `+55${brazil[1]}9${brazil[3]}`];
  const mexico = /^\+52(\d{10})$/.exec(e164);
  if (mexico) return [`+521${mexico[1]}`];
  const argentina = /^\+54(9?)(\d{10})$/.exec(e164);
  if (argentina) return [argentina[1] ? `+54${argentina[2]}` : `+549${argentina[2]}`];
  return [];
}

/** Lower-case ASCII labels, international names in their xn-- form. */
function domainOf(typed: string): string | null {
  const typedLabels = typed.replace(/\.$/, '');
  if (!/^[\p{L}\p{M}\p{N}.-]+$/u.test(typedLabels)) return null;
  const host = URL.canParse(`http://${typedLabels}`) ? new URL(`http://${typedLabels}`).hostname : '';
  const labels = host.split('.');
  return labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label)) ? host : null;
}
