import type { ExampleRow, RecipientCells, RejectReason } from '#lab/recipients/example-row.ts';

/** Names that are right and must come out letter by letter: as text, never as a formula, markup or template. */
export const oddNames = [
  '=cmd()',
  'Noa 🌻 נועה',
  'Ana\u00a0María',
  '<b>Max</b> & Söhne',
  '{{order}}',
  '"Meyer, Lutz"',
  '+Ben',
  '@lisa',
  'ليلى',
  'Siobhán O’Brien',
] as const;

type Wrong = Pick<ExampleRow, 'cells' | 'expect'>;

const noBreakSpace = '\u00a0';

/** The 14 rows that an import must refuse, each for its own reason. `rows` are those before them, of which four are repeated. */
export function wrongRows(rows: readonly ExampleRow[]): Wrong[] {
  const byPhone = rows.filter((row) => row.expect.is === 'valid' && row.expect.phone?.startsWith('+49171') && row.expect.email === null);
  const byMail = rows.filter((row) => row.expect.is === 'valid' && row.expect.phone === null);
  return [
    wrong('Kurt Kurz', { phone: '+49 151 12' }, 'phone_invalid', 'the number is too short'),
    wrong('Bea Buchstabe', { phone: 'call me maybe' }, 'phone_invalid', 'letters instead of a number'),
    wrong('Nina Nichts', {}, 'no_address', 'neither phone nor mail address'),
    again(byPhone[0], (phone) => `+49 (0) ${phone.slice(3, 6)} - ${phone.slice(6)}`, 'the phone of an earlier row, written differently'),
    wrong('Axel Affe', { email: 'axel@@example.com' }, 'email_invalid', 'two @ in the mail address'),
    wrong('Lars Lang', { phone: '+49 1512 3456789012345' }, 'phone_invalid', 'the number is too long'),
    wrong('Leo Leer', { phone: noBreakSpace, email: '  ' }, 'no_address', 'only spaces, one of them a no-break space'),
    again(byPhone[1], (phone) => Number(phone.slice(3)), 'the phone of an earlier row, as a number cell'),
    wrong('Petra Punkt', { email: 'petra.example.com' }, 'email_invalid', 'no @ in the mail address'),
    wrong('Exa Excel', { phone: '4,91713E+11' }, 'phone_invalid', 'a number that a spreadsheet rounded'),
    againByMail(byMail[0], 'the mail address of an earlier row, in capitals'),
    wrong('Alma Area', { phone: '+1 555 012 3456' }, 'phone_invalid', 'an area code that does not exist'),
    againByMail(byMail[1], 'the mail address of an earlier row, in capitals'),
    wrong('Cora Code', { phone: '+999 123 456 789' }, 'phone_invalid', 'a country code that does not exist'),
  ];
}

function wrong(name: string, address: Partial<Pick<RecipientCells, 'phone' | 'email'>>, reason: RejectReason, because: string): Wrong {
  const cells = { phone: null, email: null, ...address, name, city: 'Bremen', language: 'de', order: 'X-1' };
  return { cells, expect: { is: 'rejected', reason, because } };
}

function again(first: ExampleRow | undefined, rewrite: (phone: string) => string | number, because: string): Wrong {
  const phone = first?.expect.is === 'valid' ? first.expect.phone : null;
  return wrong('Dora Doppelt', { phone: rewrite(phone ?? '') }, 'duplicate', because);
}

function againByMail(first: ExampleRow | undefined, because: string): Wrong {
  return wrong('Dieter Doppelt', { email: first?.cells.email?.toUpperCase() ?? null }, 'duplicate', because);
}
