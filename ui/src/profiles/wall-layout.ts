export type WallSize = 'small' | 'medium' | 'large';
export type WallLayout = { columns: number; ratio: number };

/** How wide a tile is at least and at most, in px: between the two, few profiles grow. */
const widths = { small: { least: 210, most: 320 }, medium: { least: 300, most: 680 }, large: { least: 440, most: 960 } } as const;
const gap = 16;
/** What a tile has above and below its picture: head, bar, footer and border (profile-tile.css). */
const beside = { small: 84, medium: 100, large: 100 } as const;
const usual = 1.6;
/** A picture may lose a little at its foot, which the name covers anyway, so that the last row is in sight. */
const flattest = 1.85;

/** In how many columns the tiles are as large as they can be and still all in sight; many tiles stand as densely as their size allows. */
export function layoutFor({ count, size, width, height }: { count: number; size: WallSize; width: number; height: number }): WallLayout {
  const { least, most } = widths[size];
  const densest = Math.max(1, Math.floor((width + gap) / (least + gap)));
  for (let columns = 1; columns < densest; columns += 1) {
    const tile = (width - (columns - 1) * gap) / columns;
    const rows = Math.ceil(count / columns);
    const room = (height - (rows - 1) * gap) / rows - beside[size];
    if (tile <= most && room * flattest >= tile) return { columns, ratio: Math.max(usual, tile / room) };
  }
  return { columns: densest, ratio: usual };
}
