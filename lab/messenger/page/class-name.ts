/**
 * Style names that change with every start of the lab, because the real page's do (facts 2, change history): nothing may depend on
 * them. Server (style sheets) and page (nodes) use this same function.
 */
export function className(word: string, salt: string): string {
  let hash = 2166136261;
  for (const char of `${salt}${word}`) hash = Math.imul(hash ^ char.charCodeAt(0), 16777619);
  return `x${(hash >>> 0).toString(36)}`;
}
