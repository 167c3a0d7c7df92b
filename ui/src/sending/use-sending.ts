import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';

/** Whether anything goes out of the workspace at all. */
export function useSending() {
  const client = useClient();
  return useLoaded((signal) => client.readSending({}, signal), { on: (event) => event.kind === 'workspace_changed' });
}

export function useSendingActs() {
  const client = useClient();
  return {
    stop: (why: string) => client.stopSending({ body: { why } }),
    resume: () => client.resumeSending({}),
    adopt: () => client.adoptDatabase({}),
  };
}
