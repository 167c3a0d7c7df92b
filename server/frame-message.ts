import { encodeFrame, type LiveFrame } from '#core/live-frame.ts';

/** A picture on /ws: 16 bytes of the profile's id, then the JPEG of a thumbnail, or a live frame with its header. */
export function frameMessage(profileId: string, frame: LiveFrame): Buffer {
  return Buffer.concat([Buffer.from(profileId.replaceAll('-', ''), 'hex'), frame.kind === 'live' ? encodeFrame(frame) : frame.jpeg]);
}
