#!/usr/bin/env node
'use strict';
// The installed command. It may be started by the Node of the machine, so it finds the Node 24 of this project first.
const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const { enableCompileCache } = require('node:module');
const { homedir } = require('node:os');
const { join } = require('node:path');

const program = join(__dirname, 'patchbay.ts');
const ours = join(__dirname, '../node_modules/node/bin/node');

if (Number(process.versions.node.split('.')[0]) >= 24) {
  // A third of the time to start. In the person's own folder: what lies there is run as code.
  enableCompileCache(join(homedir(), '.cache/patchbay/compiled'));
  void import(program);
} else if (existsSync(ours)) {
  // Ctrl-C goes to the whole group: this one waits for the other's orderly end.
  process.on('SIGINT', () => undefined);
  const { status, error } = spawnSync(ours, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
  if (error) process.stderr.write(`patchbay could not be started: ${error.message}\n`);
  process.exitCode = status ?? 1;
} else {
  require('./need-node-24.cjs');
}
