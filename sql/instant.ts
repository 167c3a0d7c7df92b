/** An instant as every reply writes it. */
export function instant(at: Date): string;
export function instant(at: Date | null): string | null;
export function instant(at: Date | null): string | null {
  return at ? at.toISOString() : null;
}
