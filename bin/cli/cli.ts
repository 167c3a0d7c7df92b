import type { Command } from 'commander';
import type { CliConfig } from './config.ts';
import type { Connection } from './connection.ts';
import type { Output } from './output.ts';
import type { Prompt } from './prompt.ts';

/** What every command is given. */
export type Cli = {
  config: CliConfig;
  prompt: Prompt;
  /** Fires on Ctrl-C. */
  signal: AbortSignal;
  /** Known once the options are read. */
  output(): Output;
  connect(): Promise<Connection>;
};

/** Adds the verbs of one noun. */
export type AddCommands = (program: Command, cli: Cli) => void;
