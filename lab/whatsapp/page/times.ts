/** How the page writes times: by the browser's locale, as the real page does (facts 2, Time + author). */
const locale = localStorage.getItem('WALangPref') ?? navigator.language;
const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
const day = new Intl.DateTimeFormat(locale);

export const timeOf = (at: number): string => clock.format(at);

/** `[10:30, 28/09/2026] Name: `, with the trailing space. */
export const stampOf = (at: number, author: string): string => `[${clock.format(at)}, ${day.format(at)}] ${author}: `;

/** Time today, date before. */
export const rowTimeOf = (at: number): string => (new Date(at).toDateString() === new Date().toDateString() ? clock.format(at) : day.format(at));
