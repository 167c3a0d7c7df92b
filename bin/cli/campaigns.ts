import type { Command } from 'commander';
import type { z } from 'zod';
import type { Campaign as CampaignSchema } from '#core/api/campaigns.ts';
import type { Client } from '#core/api/client.ts';
import type { AddCommands, Cli } from './cli.ts';
import { findByName } from './find-by-name.ts';
import { followCampaign } from './follow-campaign.ts';
import { instant, several, share } from './options.ts';
import { clock, count, fieldsOf, plain, tableOf } from './table.ts';
import { whyOf } from './why.ts';

type Campaign = z.output<typeof CampaignSchema>;
type Create = { name: string; template: string; from: string[]; list: string[]; startAt?: string; errorShare?: number; sendUncertainAgain?: true };
type Act = 'start' | 'pause' | 'resume' | 'cancel';
const summaries: Record<Act, string> = {
  start: 'freeze the plan and start sending',
  pause: 'stop after the sends that are under way',
  resume: 'go on where it was paused',
  cancel: 'stop for good; what is planned is cancelled',
};

export const addCampaignCommands: AddCommands = (program, cli) => {
  const campaigns = program.command('campaigns').summary('a text for an audience, sent from some accounts');
  campaigns
    .command('list')
    .summary('campaigns, running ones first')
    .action(() => list(cli));
  addCreate(campaigns, cli);
  for (const act of Object.keys(summaries) as Act[]) addAct(campaigns, cli, act); // The keys of that record.
  campaigns
    .command('follow')
    .summary('show how a campaign goes until it ends; Ctrl-C stops the showing only')
    .argument('<campaign>', 'name or id')
    .action(async (word: string) => follow(cli, word));
};

function addCreate(campaigns: Command, cli: Cli): void {
  campaigns
    .command('create')
    .summary('add a draft')
    .requiredOption('-n, --name <name>')
    .requiredOption('-t, --template <template>', 'name or id')
    .requiredOption('-f, --from <account>', 'a profile or mail account that sends; may be repeated', several)
    .requiredOption('-l, --list <list>', 'whom it goes to; may be repeated', several)
    .option('--start-at <time>', 'not before this time', instant)
    .option('--error-share <share>', 'pause by itself at this share of failures', share)
    .option('--send-uncertain-again', 'send once more what nobody knows the end of; some may get it twice')
    .action((options: Create) => create(cli, options));
}

function addAct(campaigns: Command, cli: Cli, act: Act): void {
  const command = campaigns.command(act).summary(summaries[act]).argument('<campaign>', 'name or id');
  if (isAsked(act)) command.option('-y, --yes', 'do not ask; needed where stdin is no terminal');
  if (act === 'start' || act === 'resume') command.option('--follow', 'show how it goes until it ends');
  command.action((word: string, options: { yes?: true; follow?: true }) => {
    // An answer that is piped in is not read, and nobody to ask is no consent.
    if (isAsked(act) && !options.yes && !cli.prompt.isPossible) command.error(`error: nobody can be asked here, so ${act} needs --yes`);
    return run(cli, act, { word, ...options });
  });
}

const isAsked = (act: Act): act is 'start' | 'cancel' => act === 'start' || act === 'cancel';

async function list(cli: Cli): Promise<void> {
  const { client } = await cli.connect();
  cli.output().answer(await client.listCampaigns(), ({ rows }) =>
    tableOf(
      rows,
      [
        ['NAME', (row) => row.name],
        ['STATE', (row) => row.state],
        ['WHY', whyOf],
        ['OUT', ({ counts }) => `${counts.sent + counts.delivered + counts.read}/${counts.total}`],
        ['FAILED', (row) => row.counts.failed],
        ['LEFT OUT', (row) => row.counts.skipped],
        ['UNCERTAIN', (row) => row.counts.uncertain],
        ['REPLIES', (row) => row.counts.replies],
        ['STARTED', (row) => clock(row.startedAt)],
        ['ID', (row) => row.id],
      ],
      'There are no campaigns yet. Add one with patchbay campaigns create.',
    ),
  );
}

async function create(cli: Cli, options: Create): Promise<void> {
  const { client } = await cli.connect();
  const [templates, accounts, lists] = await Promise.all([client.listTemplates(), client.listAccounts(), client.listLists()]);
  const campaign = await client.addCampaign({
    body: {
      name: options.name,
      templateId: findByName(templates.rows, options.template, 'template').id,
      senderIds: options.from.map((word) => findByName(accounts.rows, word, 'account').id),
      audience: { listIds: options.list.map((word) => findByName(lists.rows, word, 'list').id) },
      settings: { startAt: options.startAt, errorShareToPause: options.errorShare, sendUncertainAgain: options.sendUncertainAgain },
    },
  });
  cli.output().answer(campaign, ({ id, name, state, templateName }) =>
    fieldsOf([
      ['id', id],
      ['name', name],
      ['state', state],
      ['template', templateName],
    ]),
  );
}

async function run(cli: Cli, act: Act, { word, yes, follow }: { word: string; yes?: true; follow?: true }): Promise<void> {
  const { client, ...connection } = await cli.connect();
  const { id, name } = await campaignOf(client, word);
  if (isAsked(act) && !yes && !(await isConfirmed(cli, client, { id, name, act }))) return cli.output().note('Nothing was changed.');
  const params = { id };
  const acts = {
    start: () => client.startCampaign({ params }),
    pause: () => client.pauseCampaign({ params }),
    resume: () => client.resumeCampaign({ params }),
    cancel: () => client.cancelCampaign({ params }),
  };
  const campaign = await acts[act]();
  if (follow) return followCampaign({ client, ...connection }, { id, output: cli.output(), signal: cli.signal });
  cli.output().answer(campaign, ({ state, stateWhy, failureShare }) => {
    const why = plain(whyOf({ stateWhy, failureShare })).replace(/\.$/, '');
    return `${plain(name)}: ${state}${why ? `, ${why}` : ''}.`;
  });
}

/** The question says with numbers what will happen. */
async function isConfirmed(cli: Cli, client: Client, { id, name, act }: { id: string; name: string; act: 'start' | 'cancel' }): Promise<boolean> {
  const params = { id };
  if (act === 'start') {
    const { total, skipped } = await client.recipients({ params, query: { limit: 1 } });
    return cli.prompt.confirm(`Start sending ${plain(name)} to ${count(total - skipped, 'person', 'people')} (${skipped} left out)?`);
  }
  const { counts } = await client.progress({ params });
  return cli.prompt.confirm(`Cancel ${plain(name)}: ${count(counts.planned + counts.claimed, 'person', 'people')} will not be written to?`);
}

async function follow(cli: Cli, word: string): Promise<void> {
  const connection = await cli.connect();
  const { id } = await campaignOf(connection.client, word);
  await followCampaign(connection, { id, output: cli.output(), signal: cli.signal });
}

async function campaignOf(client: Client, word: string): Promise<Campaign> {
  return findByName((await client.listCampaigns()).rows, word, 'campaign');
}
