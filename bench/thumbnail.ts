import type { Figure, MeasureAsk } from './figure.ts';

export async function measureThumbnail(_ask: MeasureAsk): Promise<Figure> {
  throw new Error('not there yet');
}
