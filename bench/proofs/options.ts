import { parseArgs } from 'node:util';

export type ProofOptions = {
  seed: number;
  kills: number;
  isShare: boolean;
  /** Null: until all is done. */
  minutes: number | null;
  only: string | null;
  switchOff: string | null;
  /** Null: all of them. */
  packs: string[] | null;
  victims: string[] | null;
  points: string[] | null;
  /** How large the large one is; null: as large as was promised. */
  size: number | null;
  /** Of a campaign's people, by the web, Meta and mail. */
  split: string;
  /** A description of an API, and the program that judges by it. */
  spec: string | null;
  prism: string | null;
};

/**
 * `npm run proof NAME -- --seed N [--kills N] [--share] [--without confirm|webrtc|proxy|lock] [--only ROW|quiet|kills]
 * [--minutes N] [--pack NAME[,NAME]] [--victim NAME[,NAME]] [--point NAME[,NAME]] [--size N] [--split WEB:META:MAIL]
 * [--spec FILE --prism FILE]`. A share is the few minutes that CI runs.
 */
export function readProofOptions(args: readonly string[]): { name: string; options: ProofOptions } {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seed: { type: 'string' },
      kills: { type: 'string' },
      minutes: { type: 'string' },
      share: { type: 'boolean' },
      only: { type: 'string' },
      without: { type: 'string' },
      pack: { type: 'string' },
      victim: { type: 'string' },
      point: { type: 'string' },
      spec: { type: 'string' },
      prism: { type: 'string' },
      size: { type: 'string' },
      split: { type: 'string' },
    },
  });
  const isShare = values.share ?? false;
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
  return {
    name: positionals[0] ?? '',
    options: {
      seed,
      kills: Number(values.kills ?? (isShare ? 4 : 200)),
      isShare,
      minutes: values.minutes ? Number(values.minutes) : null,
      only: values.only ?? null,
      switchOff: values.without ?? null,
      packs: values.pack?.split(',') ?? null,
      victims: values.victim?.split(',') ?? null,
      points: values.point?.split(',') ?? null,
      size: values.size ? Number(values.size) : null,
      split: values.split ?? '1:2:3',
      spec: values.spec ?? null,
      prism: values.prism ?? null,
    },
  };
}
