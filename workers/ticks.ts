import cron from 'node-cron';
import type { Logger } from 'pino';
import type { MediaStore } from '#core/media.ts';
import { countFigures } from '#sql/analytics.ts';
import { forgetTurns } from '#sql/bot-turns.ts';
import type { Clock } from '#sql/clock.ts';
import type { Db } from '#sql/database.ts';
import { forgetEvents } from '#sql/events.ts';
import { forgetHookPosts } from '#sql/hook-posts.ts';
import { forgetImportFiles } from '#sql/imports.ts';
import { foldInboxChanges, wakeConversations } from '#sql/inbox-counts.ts';
import { silentLanes } from '#sql/lane.ts';
import { indexWords } from '#sql/message-words.ts';
import { forgetNotices } from '#sql/notices.ts';
import { forgetProfileNotes } from '#sql/profile-log.ts';
import type { Queue } from '#sql/queue.ts';
import { forgetRuns } from '#sql/runs.ts';
import { liftPauses } from '#sql/suppressions.ts';
import { forgetTries } from '#sql/tries.ts';
import { forgetUses } from '#sql/uses.ts';
import { forgetWebhooks } from '#sql/webhooks.ts';
import { forgetMedia } from './media.ts';
import { pauseFailing } from './pause-failing.ts';
import type { ProfileActs } from './profile-acts.ts';
import type { ProfileRef } from './profile-spec-of.ts';
import { repeatCampaigns } from './repeats.ts';
import { handOutWork, watchSlas } from './sla.ts';
import type { Sleepers } from './sleepers.ts';
import { sweepLeftOver } from './sweep-left-over.ts';

export type TickDeps = {
  db: Db;
  queue: Queue;
  alive: () => Promise<void>;
  clock: Clock;
  acts: ProfileActs;
  sleepers: Pick<Sleepers, 'settle' | 'lookIn'>;
  /** Measures what the browsers take. */
  measure: () => Promise<void>;
  /** Learns which proxies nobody may try, and tries those whose time is over. */
  settleProxies: () => Promise<void>;
  /** Removes what removed profiles left on this machine. */
  forget: () => Promise<unknown>;
  /** Works through the vault, and through what was said of messages that came later. */
  webhooks: () => Promise<unknown>;
  /** Tells hooks what happened. */
  hooks: () => Promise<unknown>;
  /** Tells people what happened. */
  notices: () => Promise<unknown>;
  /** Fetches what came in with messages, at once: platforms hand it out for minutes. */
  files: () => Promise<unknown>;
  /** Deals with what rules and bots have to. */
  turns: () => Promise<unknown>;
  /** Asks bots; apart, so that one that thinks long holds up no rule. */
  bots: () => Promise<unknown>;
  /** Mails the figures that are due. */
  reports: () => Promise<unknown>;
  /** Reads the mailboxes whose turn it is. */
  boxes: () => Promise<unknown>;
  /** Asks for the syncs and checks of accounts at platforms that are due. */
  askPlatforms: () => Promise<unknown>;
  /** How long bodies of webhooks are kept. */
  webhookDays: number;
  ring: (ref: ProfileRef) => Promise<void>;
  /** Lanes whose slice threw, by account: nothing else knows yet that nobody works on them. */
  broken: Map<string, ProfileRef>;
  mediaStore: MediaStore;
  /** Called after commits that wrote events. */
  tell: () => void;
  log: Logger;
};

/** A client that was away for longer starts afresh. */
const eventDays = 7;
/** What hooks have taken, and what nobody tries any more, can be looked at for so long. */
const hookPostDays = 14;
/** How long the log of rules and bots is kept. */
const turnDays = 30;
const noticeDays = 90;

/** The worker's own small clockwork; what has to survive a restart is the queue's. A tick that is still running is not started again. */
export function startTicks(deps: TickDeps): { stop: () => void } {
  const every = (pattern: string, name: string, work: () => Promise<unknown>) => {
    let isRunning = false;
    return cron.schedule(
      pattern,
      async () => {
        if (isRunning) return;
        isRunning = true;
        await work()
          .catch((error: unknown) => deps.log.warn({ err: error, tick: name }, 'a tick failed'))
          .finally(() => {
            isRunning = false;
          });
      },
      { name, suppressMissedWarning: true },
    );
  };
  const tasks = [
    every('*/5 * * * * *', 'alive', async () => {
      await deps.alive();
      await deps.clock.settle();
    }),
    every('* * * * * *', 'pause failing', () => pauseFailing(deps)),
    every('*/3 * * * * *', 'sweep', async () => {
      await ringLanes(deps);
      await deps.acts.openUnheld();
    }),
    every('1-59/3 * * * * *', 'proxies', deps.settleProxies),
    every('*/5 * * * * *', 'left over', () => sweepLeftOver(deps)),
    every('2-59/5 * * * * *', 'forget tries', () => forgetTries(deps.db)),
    every('41 * * * * *', 'lift pauses', () => liftPauses(deps.db, deps.clock.now())),
    // Twice as old as any window looks back.
    every('37 * * * *', 'forget uses', () => forgetUses(deps.db, new Date(deps.clock.now().getTime() - 2 * 86_400_000))),
    every('23 * * * * *', 'forget runs', () => forgetRuns(deps.db, deps.clock.now())),
    every('17 */5 * * * *', 'forget media', () => forgetMedia(deps, deps.clock.now())),
    every('4-59/5 * * * * *', 'sleep', () => deps.sleepers.settle()),
    every('3-59/10 * * * * *', 'wake', () => deps.sleepers.lookIn()),
    every('*/10 * * * * *', 'measure', deps.measure),
    every('*/2 * * * * *', 'webhooks', deps.webhooks),
    every('* * * * * *', 'hooks', deps.hooks),
    every('* * * * * *', 'notices', deps.notices),
    every('* * * * * *', 'slas', () => watchSlas(deps)),
    every('1-59/2 * * * * *', 'hand out', () => handOutWork(deps)),
    every('1-59/2 * * * * *', 'files', deps.files),
    every('* * * * * *', 'turns', deps.turns),
    every('* * * * * *', 'bots', deps.bots),
    every('2-59/5 * * * * *', 'reports', deps.reports),
    every('4-59/5 * * * * *', 'repeats', () => repeatCampaigns(deps)),
    every('1-59/5 * * * * *', 'mailboxes', deps.boxes),
    every('13-59/20 * * * * *', 'platforms', deps.askPlatforms),
    every('2-59/3 * * * * *', 'inbox', async () => {
      if ((await wakeConversations(deps.db, deps.clock.now())) > 0) deps.tell();
      await foldInboxChanges(deps.db);
      while ((await indexWords(deps.db)) > 0);
    }),
    every('7-59/15 * * * * *', 'figures', () => countFigures(deps.db)),
    every('*/10 * * * * *', 'read', () => deps.acts.readAll()),
    every('5-59/10 * * * * *', 'forget removed', deps.forget),
    every('17 3 * * *', 'forget', () => forgetByDays(deps)),
  ];
  void deps.acts.openUnheld().catch(() => undefined);
  return {
    stop: () => {
      for (const task of tasks) void task.destroy();
    },
  };
}

async function ringLanes({ db, ring, broken }: TickDeps): Promise<void> {
  for (const [accountId, ref] of broken) {
    await ring(ref);
    broken.delete(accountId);
  }
  for (const ref of await silentLanes(db)) await ring(ref);
}

async function forgetByDays({ db, clock, webhookDays }: TickDeps): Promise<void> {
  const ago = (days: number) => new Date(clock.now().getTime() - days * 86_400_000);
  await forgetEvents(db, ago(eventDays));
  await forgetImportFiles(db, ago(eventDays));
  await forgetProfileNotes(db, clock.now());
  await forgetTurns(db, ago(turnDays));
  await forgetWebhooks(db, ago(webhookDays));
  await forgetHookPosts(db, ago(hookPostDays));
  await forgetNotices(db, ago(noticeDays));
}
