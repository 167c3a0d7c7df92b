import type { z } from 'zod';
import type { Figures } from '#core/api/analytics.ts';
import { dayName, lengthOfTime, wholeNumber } from '#core/format.ts';
import type { Report } from '#core/report.ts';
import { reasonIn, wordsOf } from './words.ts';

type Counted = z.output<typeof Figures>;
/** `title` says what the report is about; the numbers are written as people of the locale (BCP 47) write them. */
export type PageAsk = { title: string; locale: string };

const signs: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (sign) => signs[sign] ?? sign);

/** A report as a page to be printed: what the analytics page shows, in its words and order. It asks for nothing outside itself. */
export function pageOf(report: Report, { title, locale }: PageAsk): string {
  const { analytics } = wordsOf(locale);
  const number = (value: number) => wholeNumber(value, locale);
  const soon = (seconds: number | null) => (seconds === null ? '–' : lengthOfTime(seconds * 1000, locale));
  const day = (at: string) => dayName(new Date(`${at}T12:00:00Z`), locale, 'UTC');
  const shown = ['incoming', 'outgoing', 'delivered', 'read', 'failed', 'conversations'] as const;
  const heads = [...shown.map((key) => analytics[key]), analytics.delivery_time, analytics.answer_time];
  const cellsOf = (row: Counted) => [...shown.map((key) => number(row[key])), soon(row.deliverySeconds), soon(row.answerSeconds)];
  const { total } = report;
  const means = filled(analytics.means, { answer: soon(total.answerSeconds), delivery: soon(total.deliverySeconds), zone: report.zone });
  const asked = total.outgoing + total.failed + total.skipped + total.uncertain;
  const parts = [
    `<h1>${escaped(title)}</h1><p>${escaped(means)}</p>`,
    `<dl>${shown.map((key) => `<div><dt>${escaped(analytics[key])}</dt><dd>${number(total[key])}</dd></div>`).join('')}</dl>`,
    `<h2>${escaped(analytics.each_day)}</h2>${barsOf(report.rows)}`,
    tableOf(analytics.funnel, {
      heads: ['', ''],
      rows: [[analytics.asked, number(asked)], ...(['outgoing', 'delivered', 'read'] as const).map((key) => [analytics[key], number(total[key])])],
    }),
    tableOf(analytics.reasons, { heads: ['', ''], rows: report.reasons.map((one) => [reasonIn(locale, one.reason), number(one.deliveries)]) }),
    tableOf(analytics.hours, hourTable(report.hours, locale)),
    tableOf(analytics.accounts, { heads: [analytics.account, ...heads], rows: report.accounts.map((row) => [row.name, ...cellsOf(row)]) }),
    tableOf(analytics.by_day, { heads: [analytics.day, ...heads], rows: report.rows.toReversed().map((row) => [day(row.day), ...cellsOf(row)]) }),
  ];
  return `<!doctype html><html lang="${escaped(locale)}"><head><meta charset="utf-8"><title>${escaped(title)}</title><style>${style}</style></head><body>${parts.join('\n')}</body></html>`;
}

/** What a report of these days is called. */
export function titleOf({ from, to }: { from: string; to: string }, locale: string): string {
  const format = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' });
  return format.formatRange(new Date(from), new Date(to));
}

const filled = (text: string, values: Record<string, string>): string => text.replaceAll(/\{(\w+)\}/g, (all, name: string) => values[name] ?? all);

type Table = { heads: readonly string[]; rows: readonly (readonly string[])[] };

/** Nothing where there is no row. The first column is words, the others are numbers. */
function tableOf(name: string, { heads, rows }: Table): string {
  if (rows.length === 0) return '';
  const head = heads.some(Boolean) ? `<thead><tr>${heads.map((one) => `<th>${escaped(one)}</th>`).join('')}</tr></thead>` : '';
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td dir="auto">${escaped(cell)}</td>`).join('')}</tr>`);
  return `<h2>${escaped(name)}</h2><table>${head}<tbody>${body.join('')}</tbody></table>`;
}

/** Weekdays under each other, hours beside each other; an hour in which nobody wrote is empty. */
function hourTable(hours: Report['hours'], locale: string): Table {
  const known = new Map(hours.map((one) => [`${one.weekday} ${one.hour}`, one.incoming]));
  // The first of January 2024 was a Monday.
  const name = (weekday: number) => new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone: 'UTC' }).format(Date.UTC(2024, 0, weekday));
  const all = Array.from({ length: 24 }, (_, hour) => hour);
  const rows = [1, 2, 3, 4, 5, 6, 7].map((weekday) => [name(weekday), ...all.map((hour) => String(known.get(`${weekday} ${hour}`) || ''))]);
  return { heads: ['', ...all.map(String)], rows: hours.length > 0 ? rows : [] };
}

const chart = { width: 720, height: 120 } as const;

/** A pair of bars a day; the tables hold the same numbers. */
function barsOf(days: Report['rows']): string {
  const most = Math.max(1, ...days.flatMap((row) => [row.incoming, row.outgoing]));
  const step = chart.width / Math.max(1, days.length);
  const bar = (value: number, left: number, kind: 'in' | 'out') => {
    const height = (value / most) * chart.height;
    return `<rect class="${kind}" x="${left.toFixed(1)}" y="${(chart.height - height).toFixed(1)}" width="${(step * 0.38).toFixed(1)}" height="${height.toFixed(1)}"/>`;
  };
  const bars = days.map((row, nth) => bar(row.incoming, nth * step, 'in') + bar(row.outgoing, nth * step + step * 0.4, 'out'));
  return `<svg viewBox="0 0 ${chart.width} ${chart.height}" aria-hidden="true">${bars.join('')}</svg>`;
}

const style = `
  body { font: 11px/1.45 Inter, "Noto Sans", "DejaVu Sans", sans-serif; color: #1c1f24; margin: 0 }
  h1 { font-size: 19px; margin: 0 0 4px } h2 { font-size: 13px; margin: 18px 0 6px; break-after: avoid }
  dl { display: flex; gap: 8px; margin: 12px 0 } dl div { flex: 1; border: 1px solid #d9dce1; border-radius: 6px; padding: 6px 8px }
  dt { color: #545b67; font-size: 10px } dd { margin: 0; font-size: 15px; font-weight: 600 }
  svg { width: 100%; border-bottom: 1px solid #d9dce1 } .in { fill: #0b5f8a } .out { fill: #17663a }
  table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums } tr { break-inside: avoid }
  th, td { padding: 3px 4px; border-bottom: 1px solid #e8eaee; text-align: right; vertical-align: bottom } th { color: #545b67; font-weight: 500 }
  th:first-child, td:first-child { text-align: left }`;
