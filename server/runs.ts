import { Failure } from '#core/failure.ts';
import { readProfile } from '#sql/profiles.ts';
import { listRuns, readRun } from '#sql/runs.ts';
import type { Sealer } from '#sql/sealed.ts';
import { openTrace } from '#sql/trace.ts';
import type { Blob, Handlers } from './handler.ts';

export type RunParts = { sealer: Sealer; now: () => Date };

/** What scripts did. A trace is sealed as a whole; its pictures leave it one at a time, because few of them are looked at. */
export const runsHandlers = ({ sealer, now }: RunParts) =>
  ({
    listRuns: ({ params, query, transaction }) =>
      transaction(async (trx) => {
        await readProfile(trx, params.id, now());
        return listRuns(trx, params.id, query);
      }),
    async readRun({ params, transaction }) {
      const { run, sealedTrace } = await transaction((trx) => readRun(trx, params.id));
      return { ...run, steps: openTrace(sealer, sealedTrace).map(({ image, ...step }) => ({ ...step, hasImage: image !== null })) };
    },
    async readStepImage({ params, transaction }): Promise<Blob> {
      const { sealedTrace } = await transaction((trx) => readRun(trx, params.id));
      const image = openTrace(sealer, sealedTrace)[params.step]?.image;
      if (!image) throw new Failure('not_found', 'No picture was taken at this step.');
      return { contentType: 'image/jpeg', content: Buffer.from(image, 'base64') };
    },
  }) satisfies Partial<Handlers>;
