import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Runs the commands that it is given at the same time and fails when one of them does. Tests that drive a messenger run one file at a time and
 * leave the second core idle: everything else runs there meanwhile, and so the whole stays under 20 minutes.
 */
const commands = process.argv.slice(2);
const codes = await Promise.all(
  commands.map(async (command) => {
    const [code] = await once(spawn(command, { shell: true, stdio: ['ignore', 'inherit', 'inherit'] }), 'exit');
    return code;
  }),
);
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;
