'use strict';
// `.env` in the working directory, where there is one; what the environment says already wins. Node's own --env-file-if-exists says at every
// start that it found nothing.
try {
  process.loadEnvFile('.env');
} catch (error) {
  if (error.code !== 'ENOENT') throw error;
}
