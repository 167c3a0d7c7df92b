/** Every time zone that this browser knows, as options of a select. */
export function zoneOptions(): { label: string; value: string }[] {
  return ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')].map((zone) => ({
    label: zone.replaceAll('_', ' '),
    value: zone,
  }));
}

/** Countries by their names in the given language, as options of a select. */
export function countryOptions(locale: string): { label: string; value: string }[] {
  const names = new Intl.DisplayNames([locale], { type: 'region', fallback: 'none' });
  const letters = Array.from({ length: 26 }, (_, index) => String.fromCharCode(65 + index));
  const codes = letters.flatMap((first) => letters.map((second) => first + second));
  return codes
    .flatMap((value) => {
      const label = nameOf(names, value);
      return label ? [{ label: `${label} (${value})`, value }] : [];
    })
    .sort((one, other) => one.label.localeCompare(other.label, locale));
}

/** Codes that name no country of today, such as the Soviet Union's, but still have a display name. */
const notCountries = new Set([
  'AN',
  'BU',
  'CS',
  'DD',
  'EU',
  'EZ',
  'FX',
  'NT',
  'QO',
  'SU',
  'TP',
  'UK',
  'UN',
  'VD',
  'XA',
  'XB',
  'YD',
  'YU',
  'ZR',
  'ZZ',
  'AC',
  'CP',
  'DG',
  'EA',
  'IC',
  'TA',
  'CQ',
  'DY',
  'HV',
  'NH',
  'RH',
]);

function nameOf(names: Intl.DisplayNames, code: string): string | undefined {
  return notCountries.has(code) ? undefined : names.of(code);
}
