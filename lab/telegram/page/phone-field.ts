/**
 * The phone field formats what stands in it after every input event. Facts 1, TRAP: the chosen country's code is put in front of what is
 * typed key by key, so that a number typed with its own code has it twice; a whole number that comes in one event is read as it is.
 */
const codes = [
  '1',
  '7',
  '20',
  '27',
  '30',
  '31',
  '33',
  '34',
  '39',
  '44',
  '46',
  '48',
  '49',
  '55',
  '61',
  '81',
  '86',
  '90',
  '91',
  '351',
  '353',
  '358',
  '380',
];
const chosen = '1';

export function formatPhone(raw: string, before: string): string {
  if (raw.trim() === '') return '';
  const digits = raw.replace(/\D/g, '');
  const isOneKey = raw.slice(0, -1) === before || before.slice(0, -1) === raw;
  const isWhole = raw.startsWith('+') && digits !== '' && !isOneKey;
  if (isWhole) {
    const code = codes.filter((one) => digits.startsWith(one)).sort((a, b) => b.length - a.length)[0] ?? chosen;
    return grouped(code, digits.slice(code.length));
  }
  const prefix = `+${chosen} `;
  const rest = raw.startsWith(prefix) ? raw.slice(prefix.length) : raw;
  return grouped(chosen, rest.replace(/\D/g, ''));
}

/** Three, three, then four and what remains. */
function grouped(code: string, rest: string): string {
  const groups = [rest.slice(0, 3), rest.slice(3, 6), rest.slice(6)].filter(Boolean);
  return [`+${code}`, ...groups].join(' ') + (groups.length === 0 ? ' ' : '');
}
