import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { AccountRef, Capabilities, Channel, Media, Outgoing, Sent } from '#core/channel.ts';
import { Failure } from '#core/failure.ts';
import { brokenPlatformRule, type PlatformChannel, platformRules } from '#core/platform-rules.ts';
import { askGraph, type GraphAsk, type GraphPlace } from './graph.ts';
import { type GraphUsage, restAfter } from './graph-usage.ts';

/** An account as its channel needs it: how Graph is asked, and the node that sends. */
export type MetaAccount = { place: GraphPlace; nodeId: string };
export type MetaParts = { accountOf: (account: AccountRef) => Promise<MetaAccount>; now: () => Date };
/** What one platform makes of a message. `fileId`: its file, where it was handed over before. */
export type Dialect = {
  channel: PlatformChannel;
  addressedBy: Capabilities['addressedBy'];
  bodyOf(message: Outgoing, fileId: string | null): object;
  uploadOf(media: Media): Pick<GraphAsk, 'path' | 'form'>;
  readUpload(answer: unknown): string;
  readSent(answer: unknown, message: Outgoing): { platformId: string; conversation: string };
};

/** Uploads are used again for so long; Meta keeps those of WhatsApp for thirty days. */
const uploadKeptMs = 20 * 24 * 3_600_000;
const mostUploads = 500;
const uploadMs = 120_000;

/** Messages through Graph: one at a time, so that a worker that dies leaves at most one of which nobody knows whether it went. */
export function createMetaChannel({ accountOf, now }: MetaParts, dialect: Dialect): Channel {
  const rules = platformRules[dialect.channel];
  const upload = createUploads(dialect, now);
  return {
    capabilities: async () => ({
      addressedBy: dialect.addressedBy,
      reports: rules.reports,
      canConfirm: false,
      canRead: false,
      parallel: 1,
      isSteady: true,
      maxTextLength: rules.textLength,
    }),
    async send(account, message, signal) {
      refuseBroken(dialect.channel, message, now());
      const { place, nodeId } = await accountOf(account);
      const fileId = message.media ? await upload(account, { media: message.media, place, nodeId }, signal) : null;
      const json = dialect.bodyOf(message, fileId);
      if (message.dryRun) return { is: 'dry_run' };
      await message.commit(null);
      const usages: GraphUsage[] = [];
      const heard = (usage: GraphUsage) => usages.push(usage);
      const answer = await askGraph(place, { method: 'POST', path: `${nodeId}/messages`, json, heard }, signal);
      const restsUntil = usages[0] && restAfter(usages[0], now());
      return { ...sentBy(dialect, answer, message, now()), ...(restsUntil && { restsUntil }) };
    },
    // Graph lists nothing by our own id: the status or the echo that carries it settles what a crash interrupted.
    confirm: async () => ({ is: 'unknown', why: 'The platform cannot be asked what it took; its status will tell.' }),
    read: async () => ({ messages: [], unread: [], ticks: [] }),
    async check(account, signal) {
      const { place, nodeId } = await accountOf(account);
      await askGraph(place, { path: nodeId, query: { fields: 'id' } }, signal);
      return { identity: nodeId };
    },
  };
}

/** It was true when it was queued; the window may have closed since. */
function refuseBroken(channel: PlatformChannel, { text, media, extras = {}, heardAt = null }: Outgoing, now: Date): void {
  const broken = brokenPlatformRule(platformRules[channel], { text, hasMedia: media !== undefined, extras }, { heardAt, now });
  if (!broken) return;
  const isWindow = broken.rule === 'window_closed' || broken.rule === 'template_needed';
  throw new Failure(isWindow ? 'window_closed' : 'send_refused', `${broken.sentence} (${broken.rule})`);
}

function sentBy(dialect: Dialect, answer: unknown, message: Outgoing, at: Date): Extract<Sent, { is: 'sent' }> {
  try {
    return { is: 'sent', at, ...dialect.readSent(answer, message) };
  } catch (error) {
    if (error instanceof z.ZodError) throw new Failure('not_proven', 'The platform answered without an id for the message.', { cause: error });
    throw error;
  }
}

type Given = { media: Media } & MetaAccount;

/** The same file goes to a whole campaign: it is handed over once for each account. */
function createUploads(dialect: Dialect, now: () => Date) {
  const known = new Map<string, { id: string; at: number }>();
  return async (account: AccountRef, { media, place, nodeId }: Given, signal: AbortSignal): Promise<string> => {
    const key = `${account.id} ${media.name} ${createHash('sha256').update(media.content).digest('hex')}`;
    const before = known.get(key);
    if (before && now().getTime() - before.at < uploadKeptMs) return before.id;
    const { path, form } = dialect.uploadOf(media);
    const answer = await askGraph(place, { method: 'POST', path: `${nodeId}/${path}`, form, ms: uploadMs }, signal).catch((error: unknown) => {
      // Nothing was said yet: an upload may be done twice.
      throw error instanceof Failure && error.code === 'not_proven' ? new Failure('platform_unreachable', error.message, { cause: error }) : error;
    });
    const id = dialect.readUpload(answer);
    known.set(key, { id, at: now().getTime() });
    const [oldest] = known.keys();
    if (known.size > mostUploads && oldest) known.delete(oldest);
    return id;
  };
}

/** A file as a form takes it. */
export const fileOf = ({ content, mimeType }: Media): Blob => new Blob([new Uint8Array(content)], { type: mimeType });
