/** A thumbnail on /ws: 16 bytes of the profile's id, then the JPEG. */
export function frameMessage(profileId: string, jpeg: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(profileId.replaceAll('-', ''), 'hex'), jpeg]);
}
