import { onScopeDispose, reactive } from 'vue';
import { useLiveSocket } from '#ui/connection/live-socket.ts';

/** A burst of scrolling asks the server once. */
const settleMs = 150;

/** Live pictures of the profiles whose tiles can be seen. A tile out of sight, or a hidden page, costs nothing. */
export function useThumbnails() {
  const live = useLiveSocket();
  const pictures = reactive(new Map<string, string>());
  const inSight = new Set<string>();
  const ids = new WeakMap<Element, string>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const tell = () => {
    clearTimeout(timer);
    timer = setTimeout(() => live.watch(document.hidden ? [] : [...inSight]), settleMs);
  };
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        const id = ids.get(target) ?? '';
        if (isIntersecting) inSight.add(id);
        else inSight.delete(id);
      }
      tell();
    },
    { rootMargin: '80px' },
  );

  const forget = live.listenToFrames((profileId, image) => {
    const old = pictures.get(profileId);
    pictures.set(profileId, URL.createObjectURL(image));
    if (old) URL.revokeObjectURL(old);
  });
  document.addEventListener('visibilitychange', tell);
  onScopeDispose(() => {
    forget();
    clearTimeout(timer);
    observer.disconnect();
    document.removeEventListener('visibilitychange', tell);
    live.watch([]);
    for (const url of pictures.values()) URL.revokeObjectURL(url);
  });

  /** Starts to follow a tile; the answer ends it. */
  function follow(id: string, tile: Element): () => void {
    ids.set(tile, id);
    observer.observe(tile);
    return () => {
      observer.unobserve(tile);
      inSight.delete(id);
      tell();
    };
  }
  return { pictures, follow };
}
