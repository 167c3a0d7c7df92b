'use strict';
// A start spends most of its time on compiling modules, so what they become is kept. Forked processes are given this file too.
require('node:module').enableCompileCache(require('node:path').join(__dirname, '../.cache/node'));
// `.env` in the working directory, where there is one; what the environment says already wins. Node's own --env-file-if-exists says at every
// start that it found nothing.
try {
  process.loadEnvFile('.env');
} catch (error) {
  if (error.code !== 'ENOENT') throw error;
}
