import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { z } from 'zod';
import { addAuthCommands } from '#bin/cli/auth.ts';
import { addCampaignCommands } from '#bin/cli/campaigns.ts';
import type { Cli } from '#bin/cli/cli.ts';
import { readCliConfig } from '#bin/cli/config.ts';
import { connect } from '#bin/cli/connection.ts';
import { addConversationCommands } from '#bin/cli/conversations.ts';
import { addDeliveryCommands } from '#bin/cli/deliveries.ts';
import { addListCommands } from '#bin/cli/lists.ts';
import { createOutput, type Output } from '#bin/cli/output.ts';
import { addProfileCommands } from '#bin/cli/profiles.ts';
import { createPrompt } from '#bin/cli/prompt.ts';
import { plain } from '#bin/cli/table.ts';
import { addTemplateCommands } from '#bin/cli/templates.ts';
import { asFailure, Failure } from '#core/failure.ts';

/** `patchbay`: the API from a terminal. 0 is done, 1 is a failure with its sentence on stderr, 2 is a wrong use, 130 is Ctrl-C. */
const exitCodes = { failure: 1, usage: 2, interrupted: 130 } as const;

const interruption = new AbortController();
process.once('SIGINT', () => interruption.abort());
// `patchbay … | head` closes the pipe early; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : exitCodes.failure));

async function main(): Promise<void> {
  const program = new Command('patchbay');
  const config = readCliConfig();
  const { signal } = interruption;
  let output: Output | undefined;
  const cli: Cli = {
    config,
    signal,
    prompt: createPrompt(signal),
    output: () => {
      output ??= createOutput({ isJson: program.opts().json === true, stdout: process.stdout, stderr: process.stderr });
      return output;
    },
    connect: () => connect(config.sessionFile, signal),
  };
  program
    .description('Messaging from many profiles, from the terminal.')
    .version(ownVersion())
    .option('--json', 'answer with JSON: one document, or a line for each change')
    .exitOverride()
    .showHelpAfterError('Add --help for the ways to use this.');
  const nouns = [
    addAuthCommands,
    addProfileCommands,
    addListCommands,
    addTemplateCommands,
    addCampaignCommands,
    addDeliveryCommands,
    addConversationCommands,
  ];
  for (const add of nouns) add(program, cli);
  await program.parseAsync();
}

function ownVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

/** A bug keeps its stack; what a person can act on is a sentence and the fields that are wrong. */
function report(error: unknown): number {
  if (interruption.signal.aborted) return exitCodes.interrupted;
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  const failure = asFailure(error);
  console.error(plain(failure.message));
  for (const [name, problem] of Object.entries(failure.fields ?? {})) console.error(`  ${plain(name)} ${plain(problem)}`);
  if (!(error instanceof Failure)) console.error(error);
  return exitCodes.failure;
}

await main().catch((error: unknown) => {
  process.exitCode = report(error);
});
