import { zoneOfCountry } from './country-zones.ts';

/** What of a profile does not fit the country that its proxy goes out in. Only a warning: somebody who travels looks like this, too. */
export type ProxyMismatch = { country: string; zone: boolean; locale: boolean };

/** Null when everything fits, or when the country is not known. */
export function mismatchOf({ zone, locale }: { zone: string; locale: string }, country: string | null): ProxyMismatch | null {
  if (!country) return null;
  const found = { country, zone: !fitsZone(zone, country), locale: !fitsLocale(locale, country) };
  return found.zone || found.locale ? found : null;
}

/** By the clock, in January and in July, not by the name: Vienna's time is right for Berlin, and zones have more than one name. */
function fitsZone(zone: string, country: string): boolean {
  const own = zonesOf(country);
  return own.length === 0 || own.some((one) => clockOf(one) === clockOf(zone));
}

/** The country's own region, or its main language with any region: de-DE is at home in Austria, en-US is not in Germany. */
function fitsLocale(locale: string, country: string): boolean {
  const { language, region } = new Intl.Locale(locale);
  return region === country || language === new Intl.Locale(`und-${country}`).maximize().language;
}

function zonesOf(country: string): string[] {
  const capital = zoneOfCountry(country);
  // Newer than TypeScript's list; where a runtime lacks it, the capital's zone stands for the country.
  const locale = new Intl.Locale(`und-${country}`) as Intl.Locale & { getTimeZones?(): string[] | undefined };
  return locale.getTimeZones?.() ?? (capital ? [capital] : []);
}

const clockOf = (zone: string): string =>
  [0, 6]
    .map((month) =>
      new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' })
        .formatToParts(Date.UTC(2026, month, 15))
        .find((part) => part.type === 'timeZoneName'),
    )
    .map((part) => part?.value)
    .join();
