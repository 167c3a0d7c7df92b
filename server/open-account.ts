import { checkNumber, inspectAccount, type OpenAccount } from '#channels/meta/connection.ts';
import { inspectToken } from '#channels/meta/log-in.ts';
import { hostsOf } from '#channels/meta/meta-settings.ts';
import { Failure } from '#core/failure.ts';
import type { Connection, SealedToken } from '#sql/connections.ts';
import type { Sealer } from '#sql/sealed.ts';
import { graphOf, type PlatformSettings } from './platform-log-in.ts';

type Tools = { settings: PlatformSettings; sealer: Sealer; now: Date };
type Graph = { graphUrl?: string | undefined; graphVersion?: string | undefined };

/** An account whose token may be used now, for as long as a request lasts. */
export function openAccount(sealer: Sealer, connection: Connection): OpenAccount {
  const { platform, nodeId, businessId, login, graphUrl, graphVersion, appId } = connection;
  return { platform, nodeId, businessId, login, graphUrl, graphVersion, appId, token: sealer.openText(connection.sealedToken) };
}

type NumberAsk = Graph & { token: string; phoneNumberId?: string | undefined; businessId?: string | undefined };

/** A number with a token that its platform takes, and what that says of both. Throws a `Failure` that names the wrong field. */
export async function tryNumber(ask: NumberAsk, { settings, sealer, now }: Tools, signal: AbortSignal) {
  const nodeId = ask.phoneNumberId ?? settings.phoneNumberId;
  const businessId = ask.businessId ?? settings.businessId;
  if (!nodeId) throw new Failure('invalid_input', 'phoneNumberId: is missing.', { fields: { phoneNumberId: 'is missing' } });
  if (!businessId) throw new Failure('invalid_input', 'businessId: is missing.', { fields: { businessId: 'is missing' } });
  const graph = graphOf(settings, ask);
  const asked: OpenAccount = { platform: 'whatsapp', login: 'token', nodeId, businessId, ...graph, appId: null, token: ask.token };
  const { appId, endsAt, dataEndsAt } = await originOf(asked, settings, signal);
  const account = { ...asked, appId };
  const facts = await checkNumber(account, settings, signal);
  const token: SealedToken = { sealed: sealer.seal(ask.token), at: now, endsAt, dataEndsAt, appId };
  return { account: { ...account, nodeId, businessId }, facts, token };
}

/** The same account with another token, host or version, once the platform has taken it. */
export async function tryAccount(
  before: Connection,
  change: Graph & { token?: string | undefined },
  { settings, sealer, now }: Tools,
  signal: AbortSignal,
) {
  if (change.token !== undefined && before.login !== 'token')
    throw new Failure('wrong_state', 'The token of this account comes from a log-in. Connect the account once more.');
  const graph = graphOf(settings, { graphVersion: before.graphVersion, ...onlySet(change) });
  const graphUrl = change.graphUrl === undefined ? before.graphUrl : hostOf(before, graph.graphUrl);
  const kept = { ...openAccount(sealer, before), graphUrl, graphVersion: graph.graphVersion };
  const asked = change.token === undefined ? kept : { ...kept, token: change.token, appId: null };
  if (change.token === undefined) {
    const inspected = await inspectAccount(asked, settings, signal);
    if (inspected.is === 'refused') throw new Failure('platform_sign_in', inspected.why);
    return { graphUrl, graphVersion: graph.graphVersion, token: null };
  }
  const { appId, endsAt, dataEndsAt } = await originOf(asked, settings, signal);
  await checkNumber({ ...asked, appId }, settings, signal);
  const token: SealedToken = { sealed: sealer.seal(change.token), at: now, endsAt, dataEndsAt, appId };
  return { graphUrl, graphVersion: graph.graphVersion, token };
}

const onlySet = (graph: Graph): Graph => Object.fromEntries(Object.entries(graph).filter(([, value]) => value !== undefined));
const hostOf = ({ login }: Connection, graphUrl: string): string => (login === 'instagram' ? hostsOf(graphUrl).instagramGraph : graphUrl);

/** Whether a token that a person gave is of our own app, and when it ends. */
async function originOf({ graphUrl, graphVersion, token }: OpenAccount, { facebookApp }: PlatformSettings, signal: AbortSignal) {
  const unknown = { appId: null, endsAt: null, dataEndsAt: null };
  if (!facebookApp) return unknown;
  const place = { host: graphUrl, version: graphVersion, token: null, appSecret: null };
  const inspected = await inspectToken({ place, app: facebookApp, token }, signal);
  if (inspected.is === 'refused') throw new Failure('platform_sign_in', inspected.why, { fields: { token: 'is not valid' } });
  return inspected.is === 'ours' ? { appId: facebookApp.id, ...inspected.ends } : unknown;
}
