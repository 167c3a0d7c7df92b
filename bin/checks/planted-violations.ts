/** A file that breaks one rule of the style, and the rule that has to say so. */
export type Violation = { path: string; text: string; breaks: string };

const boundary = 'style/noRestrictedImports';

function importing(path: string, name: string): Violation {
  return { path, text: `import { thing } from '${name}';\n\nexport const value = thing;\n`, breaks: boundary };
}

const boundaries: Violation[] = [
  importing('core/goes-up.ts', '#sql/database.ts'),
  importing('core/reads-files.ts', 'node:fs'),
  importing('core/takes-a-package.ts', 'kysely'),
  importing('core/takes-a-scoped-package.ts', '@pg-boss/dashboard'),
  importing('sql/goes-sideways.ts', '#channels/web.ts'),
  importing('channels/goes-sideways.ts', '#browser-profiles/host.ts'),
  importing('channels/email/goes-sideways.ts', '#sql/database.ts'),
  importing('browser-profiles/goes-up.ts', '#workers/main.ts'),
  importing('browser-profiles/engine/leaves-by-dots.ts', '../host.ts'),
  importing('server/meets-an-entry.ts', '#workers/lane.ts'),
  importing('server/uses-the-lab.ts', '#lab/start.ts'),
  importing('workers/uses-the-lab.ts', '#lab/start.ts'),
  importing('lab/uses-the-product.ts', '#sql/database.ts'),
  importing('ui/src/uses-the-server.ts', '#server/app.ts'),
  {
    path: 'ui/src/uses-the-database.vue',
    text: `<script setup lang="ts">\nimport { thing } from '#sql/database.ts';\n</script>\n\n<template>{{ thing }}</template>\n`,
    breaks: boundary,
  },
];

const long = Array.from({ length: 301 }, (_, index) => `export const n${index} = ${index};\n`).join('');
const longFunction = `export function long(): number {\n  let n = 0;\n${'  n += 1;\n'.repeat(60)}  return n;\n}\n`;

const style: Violation[] = [
  { path: 'server/reads-the-environment.ts', text: 'export const port = process.env.PORT;\n', breaks: 'style/noProcessEnv' },
  { path: 'workers/prints.ts', text: "console.log('x');\n", breaks: 'suspicious/noConsole' },
  { path: 'sql/takes-anything.ts', text: 'export type Thing = any;\n', breaks: 'suspicious/noExplicitAny' },
  { path: 'core/lists-by-enum.ts', text: 'export enum Kind {\n  One = 1,\n}\n', breaks: 'style/noEnum' },
  {
    path: 'core/asks-twice.ts',
    text: "export const word = (n: number) => (n > 1 ? (n > 2 ? 'many' : 'two') : 'one');\n",
    breaks: 'style/noNestedTernary',
  },
  { path: 'core/goes-on.ts', text: long, breaks: 'style/noExcessiveLinesPerFile' },
  { path: 'core/goes-on-in-one.ts', text: longFunction, breaks: 'complexity/noExcessiveLinesPerFunction' },
  { path: 'core/namedBadly.ts', text: 'export const a = 1;\n', breaks: 'style/useFilenamingConvention' },
  { path: 'core/passes-on.ts', text: "export * from './asks-twice.ts';\n", breaks: 'performance/noBarrelFile' },
  { path: 'core/goes-round.ts', text: "import { b } from './goes-back.ts';\n\nexport const a = b;\n", breaks: 'suspicious/noImportCycles' },
  { path: 'core/goes-back.ts', text: "import { a } from './goes-round.ts';\n\nexport const b = a;\n", breaks: 'suspicious/noImportCycles' },
  { path: 'sql/does-not-wait.ts', text: 'async function work(): Promise<void> {}\n\nwork();\n', breaks: 'nursery/noFloatingPromises' },
  { path: 'sql/skips.test.ts', text: "import { test } from 'vitest';\n\ntest.skip('x', () => {});\n", breaks: 'suspicious/noSkippedTests' },
];

export const violations: Violation[] = [...boundaries, ...style];

/** What the same rules must leave alone: a rule that forbids everything would find each violation too. */
export const innocents: Omit<Violation, 'breaks'>[] = [
  { path: 'server/config.ts', text: 'export const port = process.env.PORT;\n' },
  { path: 'bin/says-hello.ts', text: "import { startLab } from '#lab/start.ts';\n\nconsole.log(startLab);\n" },
  { path: 'sql/uses-the-lab.test.ts', text: "import { startLab } from '#lab/start.ts';\n\nexport const lab = startLab;\n" },
  {
    path: 'workers/uses-sql.ts',
    text: "import { z } from '#core/api/x.ts';\nimport { db } from '#sql/database.ts';\n\nexport const both = [db, z];\n",
  },
  {
    path: 'core/uses-core.ts',
    text: "import parse from 'libphonenumber-js/max';\nimport { a } from '#core/api/x.ts';\n\nexport const both = [a, parse];\n",
  },
];
