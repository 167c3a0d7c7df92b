/** Rows of phone and name as a CSV file (RFC 4180), every field quoted. */
export function stringify(rows: readonly (readonly [string, string])[]): string {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  return ['phone,name', ...rows.map((row) => row.map(quoted).join(','))].join('\r\n');
}
