import { computed, onScopeDispose, ref, watchEffect } from 'vue';
import { layoutFor, type WallSize } from './wall-layout.ts';

/** The columns of the wall, and the shape of its pictures, for the room that it has; `area` scrolls and `grid` holds the tiles. */
export function useWallLayout(asked: () => { count: number; size: WallSize; area: HTMLElement | null; grid: HTMLElement | null }) {
  const room = ref<{ width: number; height: number } | null>(null);
  let observer: ResizeObserver | undefined;

  watchEffect(
    () => {
      const { area, grid } = asked();
      observer?.disconnect();
      if (!area || !grid) return;
      observer = new ResizeObserver(() => {
        const above = grid.getBoundingClientRect().top - area.getBoundingClientRect().top + area.scrollTop;
        const padding = Number.parseFloat(getComputedStyle(grid.parentElement ?? grid).paddingBottom) || 0;
        room.value = { width: grid.clientWidth, height: area.clientHeight - above - padding };
      });
      observer.observe(area);
    },
    { flush: 'post' },
  );
  onScopeDispose(() => observer?.disconnect());
  return computed(() => {
    const { count, size } = asked();
    return room.value ? layoutFor({ count, size, ...room.value }) : null;
  });
}
