import { NButton, useMessage } from 'naive-ui';
import { h } from 'vue';
import { useAct } from '#ui/controls/use-act.ts';
import { useWording } from '#ui/wording/use-wording.ts';
import { useContactActs } from './use-contacts.ts';

/** So long an undo is offered beside the word that it is done; the contact itself keeps the offer. */
const offeredMs = 12_000;

/** Says what was done to a contact, and takes the newest change of it back when that is asked for. */
export function useUndo(changed: () => void) {
  const { t } = useWording();
  const message = useMessage();
  const acts = useContactActs();
  const { run } = useAct();

  async function takeBack(contactId: string, mergeId: string): Promise<void> {
    if (await run(() => acts.undo(contactId, mergeId), t('contacts.undone'))) changed();
  }
  /** One that cannot be taken back any more is answered with the reason. */
  async function takeNewestBack(contactId: string): Promise<void> {
    const isDone = await run(async () => {
      const { rows } = await acts.merges(contactId);
      for (const { id } of rows) await acts.undo(contactId, id);
    }, t('contacts.undone'));
    if (isDone) changed();
  }
  function offer(contactId: string, said: string): void {
    const shown = message.success(
      () =>
        h('span', { class: 'row' }, [
          said,
          h(
            NButton,
            {
              size: 'small',
              onClick: () => {
                shown.destroy();
                void takeNewestBack(contactId); // void: run says what went wrong.
              },
            },
            () => t('contacts.undo'),
          ),
        ]),
      { duration: offeredMs, closable: true, keepAliveOnHover: true },
    );
  }
  return { offer, takeBack };
}
