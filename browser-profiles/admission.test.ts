import { expect, test } from 'vitest';
import { judgeRoom } from './admission.ts';

const mb = 1024 * 1024;
const open = (...megabytes: number[]) => new Map(megabytes.map((each, at) => [`p${at}`, each * mb]));
const free = (megabytes: number, limits = { allBytes: null as number | null, oneBytes: 1500 * mb }) => ({ freeBytes: megabytes * mb, limits });

test('how many fit follows from what the open ones take and what is free', () => {
  expect(judgeRoom(new Map(), free(4000))).toEqual({ open: 0, fits: null, why: null, recycle: [] });
  expect(judgeRoom(open(...Array<number>(12).fill(300)), free(2312))).toEqual({ open: 12, fits: 18, why: null, recycle: [] });
  const full = judgeRoom(open(400, 400), free(600));
  expect(full).toMatchObject({ fits: 2, recycle: [] });
  expect(full.why).toMatch(/^2 of about 2 fit: browsers take 800 MB and may take 888 MB, 400 MB each\./);
});

test('a limit for all binds before the machine does; far beyond it the greediest goes, and so does one that takes too much alone', () => {
  const limits = { allBytes: 1000 * mb, oneBytes: 1500 * mb };
  expect(judgeRoom(open(300, 400), free(9000, limits))).toMatchObject({ fits: 2, recycle: [] });
  expect(judgeRoom(open(300, 500, 400), free(9000, limits))).toMatchObject({ fits: 2, recycle: ['p1'] });
  expect(judgeRoom(open(300, 1600), free(9000))).toMatchObject({ why: null, recycle: ['p1'] });
});
