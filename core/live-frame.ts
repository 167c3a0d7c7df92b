/**
 * A picture of a profile's page on its way from the worker to a viewer: 16 bytes, big-endian, then the JPEG.
 * Byte 0: version (1). Byte 1: kind (0 thumb, 1 live). 2-3: width, 4-5: height of the page in CSS pixels. 6-7: zero.
 * 8-15: when it was captured, milliseconds since 1970 as a float.
 */
export type FrameKind = 'thumb' | 'live';
export type LiveFrame = { kind: FrameKind; width: number; height: number; at: number; jpeg: Uint8Array };

const headerBytes = 16;
const version = 1;

export function encodeFrame(frame: LiveFrame): Uint8Array {
  const bytes = new Uint8Array(headerBytes + frame.jpeg.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, version);
  view.setUint8(1, frame.kind === 'live' ? 1 : 0);
  view.setUint16(2, frame.width);
  view.setUint16(4, frame.height);
  view.setFloat64(8, frame.at);
  bytes.set(frame.jpeg, headerBytes);
  return bytes;
}

/** Null for bytes that are no frame of this version. The JPEG is a view into `bytes`, not a copy. */
export function decodeFrame(bytes: Uint8Array): LiveFrame | null {
  if (bytes.length <= headerBytes || bytes[0] !== version) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    kind: view.getUint8(1) === 1 ? 'live' : 'thumb',
    width: view.getUint16(2),
    height: view.getUint16(4),
    at: view.getFloat64(8),
    jpeg: bytes.subarray(headerBytes),
  };
}

/**
 * Hands frames to a viewer one after another. While it is still busy with one, only the newest of those that come is kept: a slow
 * viewer sees fewer pictures, never old ones. A viewer that throws is not told of it again and gets the next frame.
 */
export function newestOnly<T>(show: (frame: T) => void | Promise<void>): (frame: T) => void {
  let isBusy = false;
  let next: { frame: T } | null = null;
  const pump = async () => {
    isBusy = true;
    while (next) {
      const { frame } = next;
      next = null;
      try {
        const showing = show(frame);
        // A viewer that is done at once is not busy for even a moment, so it misses nothing.
        if (showing) await showing;
      } catch {
        // One picture that could not be shown; the next one is as good.
      }
    }
    isBusy = false;
  };
  return (frame) => {
    next = { frame };
    if (!isBusy) void pump();
  };
}
