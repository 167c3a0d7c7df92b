import { onScopeDispose, ref } from 'vue';
import { type BrokenRule, brokenRule } from '#core/media.ts';
import { useClient } from '#ui/connection/client.ts';
import type { Conversation, Media } from './use-inbox.ts';

/** The file that goes out with the next message. `preview` is an address within this page, of pictures only. */
export type Attachment = { is: 'none' } | { is: 'uploading'; name: string } | { is: 'ready'; media: Media; preview: string | null };

/** Uploads what was chosen, pasted or dropped. */
export function useAttachment(conversation: () => Conversation) {
  const client = useClient();
  const attachment = ref<Attachment>({ is: 'none' });

  function clear(): void {
    if (attachment.value.is === 'ready' && attachment.value.preview) URL.revokeObjectURL(attachment.value.preview);
    attachment.value = { is: 'none' };
  }
  /** The rule that the channel would refuse it by; null: it is attached. Throws what the server says. */
  async function attach(file: File): Promise<BrokenRule | null> {
    clear();
    attachment.value = { is: 'uploading', name: file.name };
    try {
      const media = await client.addMedia({ body: {}, file: { name: file.name || 'file', content: file } });
      const { takes, accountName } = conversation();
      const broken = brokenRule(takes.media, media, accountName);
      if (broken) {
        // Not waited for: what nothing uses is removed within a day anyway.
        void client.removeMedia({ params: { id: media.id } }).catch(() => null);
        clear();
        return broken;
      }
      attachment.value = { is: 'ready', media, preview: media.kind === 'image' ? URL.createObjectURL(file) : null };
      return null;
    } catch (error) {
      clear();
      throw error;
    }
  }
  onScopeDispose(clear);
  return { attachment, attach, clear };
}
