import { onMounted, onUnmounted } from 'vue';

export const modKey = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl';

/** Time to press the second key of a pair such as `g w`. */
const pairMs = 1200;

/** Keys by name: `mod+k`, `?`, `j`, or two in a row as `g w`. Plain keys rest while somebody types. */
export function useShortcuts(acts: Record<string, (event: KeyboardEvent) => void>): void {
  let pending: { key: string; at: number } | null = null;

  function pressed(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return;
    const isMod = event.metaKey || event.ctrlKey;
    const single = isMod ? `mod+${event.key.toLowerCase()}` : event.key;
    if (!isMod && (event.altKey || isTyping(event.target))) return;
    const first = pending && Date.now() - pending.at < pairMs ? pending.key : null;
    const act = (first ? acts[`${first} ${single}`] : undefined) ?? acts[single];
    pending = act ? null : { key: single, at: Date.now() };
    if (!act) return;
    event.preventDefault();
    act(event);
  }

  onMounted(() => document.addEventListener('keydown', pressed));
  onUnmounted(() => document.removeEventListener('keydown', pressed));
}

/** Escape leaves a field, after which the keys of the page count again; what lies over the page takes its own Escape. */
export function useEscape(): void {
  function pressed({ key, target, defaultPrevented, isComposing }: KeyboardEvent): void {
    if (key !== 'Escape' || defaultPrevented || isComposing) return;
    if (target instanceof HTMLElement && isTyping(target) && !target.closest('[role="dialog"]')) target.blur();
  }
  onMounted(() => document.addEventListener('keydown', pressed));
  onUnmounted(() => document.removeEventListener('keydown', pressed));
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) ||
      Boolean(target.closest('[role="dialog"], [role="combobox"][aria-expanded="true"]')))
  );
}
