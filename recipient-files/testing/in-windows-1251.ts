const letters = new TextDecoder('windows-1251').decode(Uint8Array.from({ length: 256 }, (_, byte) => byte));

/** A text as Russian Excel writes it: no program of ours does. */
export function inWindows1251(text: string): Buffer {
  return Buffer.from([...text].map((letter) => letters.indexOf(letter)));
}
