type Decode = (pixels: Uint8ClampedArray, width: number, height: number) => { data: string } | null;
declare global {
  interface Window {
    /** From the jsqr script that the page loads. */
    jsQR: Decode;
  }
}

/** Text of the QR in a picture of any format the browser can show, or null. */
export async function readQr(picture: Blob): Promise<string | null> {
  const bitmap = await createImageBitmap(picture);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const paint = canvas.getContext('2d');
  if (!paint) return null;
  paint.drawImage(bitmap, 0, 0);
  const { data, width, height } = paint.getImageData(0, 0, bitmap.width, bitmap.height);
  return window.jsQR(data, width, height)?.data ?? null;
}

/** The first picture among what was pasted, dropped or chosen. */
export function pictureIn(items: Iterable<File>): File | null {
  return [...items].find((file) => file.type.startsWith('image/')) ?? null;
}
