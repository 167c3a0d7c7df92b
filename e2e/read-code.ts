import type { Locator } from '@playwright/test';
import jsQR from 'jsqr';
import { PNG } from 'pngjs';

/** What a phone's camera reads from a code on the screen; null when it reads nothing. */
export async function readCode(code: Locator): Promise<string | null> {
  const { data, width, height } = PNG.sync.read(await code.screenshot({ scale: 'css' }));
  // jsqr's types name its default export as a module under nodenext; at run time it is the function.
  const decode = jsQR as unknown as (pixels: Uint8ClampedArray, width: number, height: number) => { data: string } | null;
  return decode(new Uint8ClampedArray(data), width, height)?.data ?? null;
}
