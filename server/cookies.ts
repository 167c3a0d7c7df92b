import type { Response } from 'express';

export type Cookie = { name: string; value: string; maxAgeSeconds: number; path: string; secure: boolean; sameSite?: 'Strict' | 'Lax' };

/** The cookies of a request; one that cannot be decoded is left out. */
export function readCookies(header: string | undefined): Record<string, string> {
  const pairs = (header ?? '').split(';').map((part) => {
    const [name = '', ...value] = part.split('=');
    return [name.trim(), decoded(value.join('=').trim())] as const;
  });
  return Object.fromEntries(pairs.filter(([name, value]) => name !== '' && value !== null)) as Record<string, string>; // The filter took the nulls out.
}

/** Scripts cannot read it and other sites cannot send it; with `Lax` a link from another site brings it along. No age ends it. */
export function writeCookie(response: Response, cookie: Cookie): void {
  const secure = cookie.secure ? '; Secure' : '';
  const text = `${cookie.name}=${encodeURIComponent(cookie.value)}; Max-Age=${cookie.maxAgeSeconds}; Path=${cookie.path}; HttpOnly; SameSite=${cookie.sameSite ?? 'Strict'}${secure}`;
  response.append('set-cookie', text);
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
