import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { TraceStep } from '#core/trace.ts';
import type { Sealer } from './sealed.ts';

/** A trace shows conversations, so it is packed and sealed as a whole. */
export const sealTrace = (sealer: Sealer, steps: readonly z.input<typeof TraceStep>[]): Buffer => sealer.seal(gzipSync(JSON.stringify(steps)));

export const openTrace = (sealer: Sealer, sealed: Buffer): z.output<typeof TraceStep>[] =>
  z.array(TraceStep).parse(JSON.parse(gunzipSync(sealer.open(sealed)).toString('utf8')));
