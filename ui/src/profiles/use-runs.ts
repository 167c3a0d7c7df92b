import { onScopeDispose, shallowReactive } from 'vue';
import type { z } from 'zod';
import type { RunKind, Run as RunShape, runs } from '#core/api/runs.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';
import { usePages } from '#ui/connection/use-pages.ts';

export type Run = z.output<typeof RunShape>;
type RunDetail = z.output<typeof runs.readRun.reply>;

export function useRuns(profileId: () => string, of: () => z.output<typeof RunKind>) {
  const client = useClient();
  return usePages<Run>((ask, signal) => client.listRuns({ params: { id: profileId() }, query: { ...ask, of: of() } }, signal), {
    on: (event) => event.kind === 'run_added' && event.accountId === profileId(),
    key: () => `${profileId()} ${of()}`,
  });
}

export function useRun(id: () => string) {
  const client = useClient();
  return useLoaded<RunDetail>((signal) => client.readRun({ params: { id: id() } }, signal), { key: id });
}

/** The pictures of one run, each fetched when it is first shown and kept while the run is. `null`: it could not be had. */
export function useStepImages(runId: string) {
  const client = useClient();
  const urls = shallowReactive(new Map<number, string | null>());
  const asked = new Set<number>();
  const leaving = new AbortController();

  async function fetchOne(step: number): Promise<void> {
    try {
      // What an entry `produces` comes as a Blob (core/api/client.ts).
      const image = (await client.readStepImage({ params: { id: runId, step } }, leaving.signal)) as Blob;
      if (!leaving.signal.aborted) urls.set(step, URL.createObjectURL(image));
    } catch {
      if (!leaving.signal.aborted) urls.set(step, null);
    }
  }
  function want(step: number): void {
    if (asked.has(step)) return;
    asked.add(step);
    void fetchOne(step); // void: it keeps its own failure.
  }
  onScopeDispose(() => {
    leaving.abort();
    for (const url of urls.values()) if (url) URL.revokeObjectURL(url);
  });
  return { urls, want };
}
