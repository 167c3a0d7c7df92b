import { randomBytes } from 'node:crypto';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { thumbnailOf } from './thumbnail.ts';

const picture = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: '#3366cc' } });

test('a large picture gets a small one, the way up that its camera was held, without what the camera wrote into it', async () => {
  const content = await picture(3000, 1500)
    .withExif({ IFD0: { Copyright: 'somebody at home' } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  const small = await thumbnailOf({ mimeType: 'image/jpeg', content });
  expect([small?.width, small?.height]).toEqual([320, 640]);
  expect(small?.content.length).toBeLessThan(20_000);
  const { format, exif } = await sharp(small?.content).metadata();
  expect([format, exif]).toEqual(['webp', undefined]);
});

test.each(['png', 'webp', 'gif'] as const)('a small %s is not blown up', async (format) => {
  const content = await picture(40, 30).toFormat(format).toBuffer();
  expect(await thumbnailOf({ mimeType: `image/${format}`, content })).toMatchObject({ width: 40, height: 30 });
});

test('what is too large to unpack or to keep, broken, or something else than it says has none, and nothing is thrown', async () => {
  const bomb = await picture(9000, 6000).png({ compressionLevel: 9 }).toBuffer();
  expect(bomb.length).toBeLessThan(300_000);
  expect(await thumbnailOf({ mimeType: 'image/png', content: bomb })).toBeNull();
  const noise = sharp(randomBytes(640 * 640 * 4), { raw: { width: 640, height: 640, channels: 4 } });
  expect(await thumbnailOf({ mimeType: 'image/png', content: await noise.png().toBuffer() })).toBeNull();
  const whole = await picture(100, 100).jpeg().toBuffer();
  expect(await thumbnailOf({ mimeType: 'image/jpeg', content: whole.subarray(0, 300) })).toBeNull();
  const drawing = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>');
  for (const mimeType of ['image/png', 'image/svg+xml', 'text/plain']) expect(await thumbnailOf({ mimeType, content: drawing })).toBeNull();
});
