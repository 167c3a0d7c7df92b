export type Country = 'DE' | 'BR' | 'MX' | 'US' | 'RU';

export interface WrittenPhone {
  /** As somebody typed it, or as the number that a spreadsheet made of it. */
  cell: string | number;
  e164: string;
}

const noBreakSpace = '\u00a0';
const noBreakHyphen = '\u2011';

/**
 * The nth number of a country, in one of the ways in which people write it. National forms are German only, as a list is read
 * with one default country. German numbers are of the two mobile ranges set aside for films (0171 39200xx, 0176 040690xx), US
 * numbers are 555-01xx; the others only look real, and the lab calls nobody.
 */
export function writePhone(country: Country, n: number): WrittenPhone {
  const written = writers[country](n);
  const way = written.ways[n % written.ways.length];
  return { cell: way ?? written.e164, e164: written.e164 };
}

type Writer = (n: number) => { e164: string; ways: (string | number)[] };

const two = (n: number): string => String(n).padStart(2, '0');

const writers: Record<Country, Writer> = {
  DE: (n) => (n % 2 === 0 ? german('171', `39200${two(n)}`) : german('176', `040690${two(n)}`)),
  BR: (n) => {
    const last = `50${two(n)}`;
    const ways = [`+55 11 91234-${last}`, `+55 (11) 91234-${last}`, `0055 11 91234${last}`, `+55 11 9.1234.${last}`, `+551191234${last}`];
    return { e164: `+551191234${last}`, ways };
  },
  MX: (n) => {
    const last = `50${two(n)}`;
    return { e164: `+52551234${last}`, ways: [`+52 55 1234 ${last}`, `+52 (55) 1234-${last}`, `0052 55 1234${last}`, `+52551234${last}`] };
  },
  US: (n) => {
    const area = ['212', '415', '312'][n % 3];
    const last = `01${two(n)}`;
    const ways = [`+1 ${area}-555-${last}`, `+1 (${area}) 555-${last}`, `001 ${area} 555 ${last}`, `+1.${area}.555.${last}`];
    return { e164: `+1${area}555${last}`, ways };
  },
  RU: (n) => {
    const last = two(n);
    return { e164: `+791234560${last}`, ways: [`+7 912 345-60-${last}`, `+7 (912) 345-60-${last}`, `007 912 345 60 ${last}`, `+791234560${last}`] };
  },
};

function german(area: string, rest: string): ReturnType<Writer> {
  const ways = [
    `0${area} ${rest}`,
    `+49 ${area} ${rest}`,
    // A number cell: the spreadsheet has eaten the leading zero.
    Number(`${area}${rest}`),
    `0${area}/${rest}`,
    `0049 ${area} ${rest}`,
    `+49 (0)${area} ${rest}`,
    `(0${area}) ${rest.slice(0, 3)} ${rest.slice(3)}`,
    `0${area}${noBreakSpace}${rest.slice(0, 4)}${noBreakSpace}${rest.slice(4)}`,
    `0${area}${noBreakHyphen}${rest}`,
    ` +49${area}${rest} `,
    `0${area}-${rest.slice(0, 5)}-${rest.slice(5)}`,
  ];
  return { e164: `+49${area}${rest}`, ways };
}
