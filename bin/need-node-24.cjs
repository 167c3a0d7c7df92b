'use strict';
// The first thing of every npm script, in plain JavaScript of Node 18: a script of ours would only say ERR_UNKNOWN_FILE_EXTENSION there.
// npm puts node_modules/.bin first, so the Node 24 that comes as a package runs the scripts, unless its install script was not allowed to run.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(
    [
      `Patchbay needs Node 24 and this is ${process.version}.`,
      'Node 24 comes with npm ci, but is not there: its install script did not run. Run:',
      '  npm rebuild node',
      'Then start again through npm (npm start, npm test, npx node FILE): a bare `node FILE` is the Node of this machine.',
      '',
    ].join('\n'),
  );
  process.exit(1);
}
