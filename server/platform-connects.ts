import type { Found } from '#channels/meta/log-in.ts';
import type { Contract } from '#core/api/contract.ts';
import { Failure } from '#core/failure.ts';
import { readConnection } from '#sql/connection-list.ts';
import { connectedAmong, type saveConnection } from '#sql/connections.ts';
import { type OpenConnect, readConnect, removeConnect } from '#sql/platform-connects.ts';
import type { Sealer } from '#sql/sealed.ts';
import { type Acting, askForWebhooks, connected, type PlatformParts } from './connect-account.ts';
import type { Ask, Handlers } from './handler.ts';
import { tryNumber } from './open-account.ts';
import { beginLogIn, callbackPath, graphOf, openChoices, type PlatformSettings } from './platform-log-in.ts';

/** The ways to connect an account: a log-in at the platform and a choice of what it brought, or a number with its token. */
export const platformConnectsHandlers = (parts: PlatformParts) => {
  const { platforms: settings, sealer, queue, ownUrl, now } = parts;
  const redirectUri = () => settings.redirectUri ?? `${ownUrl()}${callbackPath}`;
  const begin = (platform: 'messenger' | 'instagram', login: 'facebook' | 'instagram', ask: Ask<Contract['connectMessenger']>) => {
    const logIn = { platform, login, redirectUri: redirectUri(), ...graphOf(settings, ask.body) };
    const { caller, transaction, setCookie } = ask;
    return beginLogIn({ settings, logIn, caller, now: now(), transaction, setCookie });
  };
  const read = (transaction: Acting['transaction'], id: string) => transaction((trx) => readConnection(trx, id, now()));
  return {
    readPlatformSetup: async () => setupOf(settings, { redirectUri: redirectUri(), ownUrl: ownUrl() }),
    connectInstagram: (ask) => begin('instagram', ask.body.login ?? (settings.instagramApp ? 'instagram' : 'facebook'), ask),
    connectMessenger: (ask) => begin('messenger', 'facebook', ask),
    async connectWhatsapp({ body, caller, transaction, signal }) {
      const { account, facts, token } = await tryNumber(body, { settings, sealer, now: now() }, signal);
      const { nodeId, businessId } = account;
      const display = facts.display ?? nodeId;
      const id = await transaction(async (trx) => {
        const connection = {
          ...account,
          workspaceId: caller.workspaceId,
          externalId: nodeId,
          businessId,
          name: (body.name ?? facts.name ?? display).slice(0, 80),
          username: display.startsWith('+') ? display.replaceAll(/[^+\d]/g, '') : display,
          token,
          facts,
          now: now(),
        };
        return connected(trx, queue, connection);
      });
      await askForWebhooks(id, { caller, transaction, signal }, parts);
      return read(transaction, id);
    },
    readPlatformConnect: ({ params, caller, transaction }) =>
      transaction(async (trx) => {
        const connect = await readConnect(trx, { id: params.id, personId: caller.personId, now: now() });
        const found = openChoices(sealer, connect.sealedChoices);
        const known = await connectedAmong(
          trx,
          connect.platform,
          found.map(({ externalId }) => externalId),
        );
        const choices = found.map(({ externalId, name, username, missing }) => ({
          externalId,
          name,
          username,
          missing,
          isConnected: known.has(externalId),
        }));
        return { id: connect.id, platform: connect.platform, expiresAt: connect.expiresAt.toISOString(), choices };
      }),
    async finishPlatformConnect({ params, body, caller, transaction, signal }) {
      const ids = await transaction(async (trx) => {
        const connect = await readConnect(trx, { id: params.id, personId: caller.personId, now: now() });
        const chosen = chosenOf(openChoices(sealer, connect.sealedChoices), body.externalIds);
        const saved: string[] = [];
        for (const found of chosen)
          saved.push(await connected(trx, queue, connectionOf(found, { connect, workspaceId: caller.workspaceId, sealer, now: now() })));
        await removeConnect(trx, connect.id);
        return saved;
      });
      for (const id of ids) await askForWebhooks(id, { caller, transaction, signal }, parts);
      return { rows: await transaction((trx) => Promise.all(ids.map((id) => readConnection(trx, id, now())))) };
    },
  } satisfies Partial<Handlers>;
};

function setupOf(settings: PlatformSettings, { redirectUri, ownUrl }: { redirectUri: string; ownUrl: string }) {
  const facebook = settings.facebookApp ? (['facebook'] as const) : [];
  const instagram = settings.instagramApp ? (['instagram'] as const) : [];
  const webhook = (platform: string) => `${ownUrl}/api/webhooks/${platform}`;
  return {
    instagram: [...instagram, ...facebook],
    messenger: [...facebook],
    redirectUri,
    webhookUrls: { whatsapp: webhook('whatsapp'), messenger: webhook('messenger'), instagram: webhook('instagram') },
    graphUrls: [...settings.graphUrls],
    graphVersion: settings.graphVersion,
    phoneNumberId: settings.phoneNumberId,
    businessId: settings.businessId,
  };
}

function chosenOf(found: readonly Found[], externalIds: readonly string[]): Found[] {
  const chosen = found.filter(({ externalId }) => externalIds.includes(externalId));
  if (chosen.length === new Set(externalIds).size) return chosen;
  throw new Failure('invalid_input', 'externalIds: holds one that the log-in has not brought.', { fields: { externalIds: 'holds an unknown id' } });
}

type Saving = { connect: OpenConnect; workspaceId: string; sealer: Sealer; now: Date };

function connectionOf(found: Found, { connect, workspaceId, sealer, now }: Saving): Parameters<typeof saveConnection>[1] {
  const { token, ...account } = found;
  return {
    ...account,
    workspaceId,
    platform: connect.platform,
    login: connect.login,
    graphVersion: connect.graphVersion,
    name: (found.name || found.externalId).slice(0, 80),
    token: { sealed: sealer.seal(token.token), at: token.at, endsAt: token.endsAt, dataEndsAt: token.dataEndsAt, appId: token.appId },
    facts: {},
    now,
  };
}
