import { onScopeDispose, ref, watch } from 'vue';
import { type Draft, keepDraft, readDraft } from './drafts.ts';
import { useInboxActs } from './use-inbox.ts';

/** The server is told when somebody pauses, not at each key. */
const pauseMs = 700;

/** What somebody has begun to write: in this tab at once, and at the server for their other devices. */
export function useDraft(conversationId: string) {
  const acts = useInboxActs();
  const draft = ref(readDraft(conversationId));
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isKept = '';

  const tell = () => {
    timer = undefined;
    const { text, clientKey } = draft.value;
    if (text === isKept) return;
    isKept = text;
    acts.keepDraft(conversationId, { text, clientKey }).catch(() => null); // What was begun stands in this tab too.
  };
  watch(
    () => draft.value.text,
    () => {
      keepDraft(conversationId, draft.value);
      clearTimeout(timer);
      timer = setTimeout(tell, pauseMs);
    },
  );
  if (draft.value.text === '')
    acts.readDraft(conversationId).then(
      ({ draft: other }: { draft: Draft | null }) => {
        if (!other || draft.value.text !== '') return;
        isKept = other.text;
        draft.value = other;
      },
      () => null,
    );
  onScopeDispose(() => {
    if (timer === undefined) return;
    clearTimeout(timer);
    tell();
  });
  return draft;
}
