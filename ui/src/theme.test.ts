import { expect, test } from 'vitest';
import { palettes, stateColors, type Theme } from './theme.ts';

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const themes: Theme[] = ['light', 'dark'];

test.each(themes)('every text of the %s theme is readable on every ground', (theme) => {
  const palette = palettes[theme];
  const grounds = [palette.page, palette.surface, palette.raised, palette.sunken];
  const weak = ([palette.text, palette.soft, palette.faint, palette.accent] as const).flatMap((text) =>
    grounds.filter((ground) => contrast(text, ground) < 4.5).map((ground) => `${text} on ${ground}`),
  );
  expect(weak).toEqual([]);
  for (const accent of [palette.accent, palette.accentHover, palette.accentPressed])
    expect(contrast(palette.onAccent, accent)).toBeGreaterThanOrEqual(4.5);
  expect(contrast(palette.accent, palette.accentGround)).toBeGreaterThanOrEqual(4.5);
  expect(contrast(palette.faint, palette.bubbleOut)).toBeGreaterThanOrEqual(4.5);
  expect(contrast(palette.edge, palette.surface), 'the edge of an input').toBeGreaterThanOrEqual(3);
});

test.each(themes)('every state of the %s theme is readable on its own ground and on cards', (theme) => {
  for (const [group, color] of Object.entries(stateColors[theme])) {
    for (const ground of [color.ground, palettes[theme].surface, palettes[theme].page])
      expect(contrast(color.text, ground), `${group} on ${ground}`).toBeGreaterThanOrEqual(4.5);
  }
});
