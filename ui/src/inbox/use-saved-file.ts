import { useClient } from '#ui/connection/client.ts';
import { saveBlob } from '#ui/controls/save-file.ts';
import { useAct } from '#ui/controls/use-act.ts';

/** Saves the file of a message on this computer. */
export function useSavedFile() {
  const client = useClient();
  const { run, isBusy } = useAct();
  const save = ({ id, name }: { id: string; name: string }) =>
    run(async () => {
      const content = await client.readMediaFile({ params: { id } });
      // The client answers what is no JSON as a Blob.
      saveBlob(name, content as Blob);
    });
  return { save, isBusy };
}
