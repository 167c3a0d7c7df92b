import QRCode from 'qrcode';

/** The picture of a code as rows of 0 and 1; the page draws it. `L` to `H` is how much of it may be covered. */
export function dotsOf(text: string, errorCorrectionLevel: 'L' | 'Q'): { size: number; dots: string } {
  const { modules } = QRCode.create(text, { errorCorrectionLevel });
  return { size: modules.size, dots: Array.from(modules.data, (dark) => (dark ? '1' : '0')).join('') };
}
