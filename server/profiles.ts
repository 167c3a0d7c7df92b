import type { z } from 'zod';
import type { numbers } from '#core/api/numbers.ts';
import type { LoginStep, profiles } from '#core/api/profiles.ts';
import { Failure } from '#core/failure.ts';
import type { LoginAsk } from '#core/login-ask.ts';
import { may } from '#core/permission.ts';
import { ceilingKindOf, ceilingsOf } from '#core/policy.ts';
import type { Trx } from '#sql/database.ts';
import { addProfile, changeProfile, listProfiles, readProfile, removeProfile, wantProfile } from '#sql/profiles.ts';
import type { Queue } from '#sql/queue.ts';
import { askRulesAgain } from '#sql/rules-changed.ts';
import { bookNumberCheck } from '#sql/uses.ts';
import { readWorkspace } from '#sql/workspace.ts';
import type { Blob, Caller, Handlers } from './handler.ts';
import type { PackCard } from './packs.ts';

export type ProfilePlace = { workspaceId: string; profileId: string };
type Reply<Name extends keyof typeof profiles> = z.output<(typeof profiles)[Name]['reply']>;

/** What only the worker with the browser can answer. */
export interface ProfileRemote {
  login(place: ProfilePlace, ask: LoginAsk, signal: AbortSignal): Promise<z.output<typeof LoginStep>>;
  me(place: ProfilePlace, signal: AbortSignal): Promise<Reply<'readMe'>>;
  unread(place: ProfilePlace, signal: AbortSignal): Promise<Reply<'readUnread'>>;
  dialogs(place: ProfilePlace, signal: AbortSignal): Promise<Reply<'readDialogs'>>;
  checkNumber(place: ProfilePlace, phone: string, signal: AbortSignal): Promise<z.output<typeof numbers.checkNumber.reply>>;
  screenshot(place: ProfilePlace, signal: AbortSignal): Promise<Buffer>;
}

export type ProfileParts = { queue: Queue; remote: ProfileRemote; packs: readonly PackCard[]; now: () => Date };

/** Rows of profiles, and their browsers' wanted state; logins and looks are in `profileRemoteHandlers`. */
export const profilesHandlers = ({ queue, packs, now }: Omit<ProfileParts, 'remote'>) => {
  const act = async (
    trx: Trx,
    { workspaceId, personId, role }: Caller,
    { profileId, wanted }: { profileId: string; wanted: 'running' | 'stopped' },
  ) => {
    const { control } = await readProfile(trx, profileId, now());
    // Whoever has its page would lose it; an admin may take it from them.
    if (wanted === 'stopped' && control && control.personId !== personId && !may(role, 'profiles:write')) {
      throw new Failure('in_use', `${control.email} has taken this profile over. Wait until they give it back.`);
    }
    const place = { workspaceId, profileId };
    await wantProfile(trx, place, wanted);
    const job = { workspaceId, accountId: profileId, act: wanted === 'running' ? 'start' : 'stop' } as const;
    // Also when it was wanted so already: the browser may have failed since.
    await queue.send('profile_act', job, { trx });
    return readProfile(trx, profileId, now());
  };
  return {
    listPacks: async () => ({ rows: [...packs] }),
    listProfiles: ({ transaction }) => transaction(async (trx) => ({ rows: await listProfiles(trx, now()) })),
    readProfile: ({ params, transaction }) => transaction((trx) => readProfile(trx, params.id, now())),
    addProfile: ({ body, caller, transaction }) =>
      transaction(async (trx) => {
        const pack = packNamed(packs, body.channel);
        const id = await addProfile(trx, caller.workspaceId, { ...body, baseUrl: body.baseUrl ?? pack.baseUrl, addressedBy: pack.addressedBy });
        return readProfile(trx, id, now());
      }),
    changeProfile: ({ params, body, caller, transaction }) =>
      transaction(async (trx) => {
        await changeProfile(trx, { workspaceId: caller.workspaceId, profileId: params.id }, body);
        if (body.ceilings || body.pace) await askRulesAgain(trx, queue, { workspaceId: caller.workspaceId, accountId: params.id });
        return readProfile(trx, params.id, now());
      }),
    async removeProfile({ params, caller, transaction }) {
      await transaction((trx) => removeProfile(trx, { workspaceId: caller.workspaceId, profileId: params.id }));
      return null;
    },
    startProfile: ({ params, caller, transaction }) => transaction((trx) => act(trx, caller, { profileId: params.id, wanted: 'running' })),
    stopProfile: ({ params, caller, transaction }) => transaction((trx) => act(trx, caller, { profileId: params.id, wanted: 'stopped' })),
  } satisfies Partial<Handlers>;
};

/** What is asked of the browser itself: each first proves that the profile is the caller's. */
export const profileRemoteHandlers = ({ remote, now }: Pick<ProfileParts, 'remote' | 'now'>) => {
  type OneProfile = { params: { id: string }; caller: { workspaceId: string }; transaction: <T>(work: (trx: Trx) => Promise<T>) => Promise<T> };
  const placeOf = async ({ params, caller, transaction }: OneProfile): Promise<ProfilePlace> => {
    await transaction((trx) => readProfile(trx, params.id, now()));
    return { workspaceId: caller.workspaceId, profileId: params.id };
  };
  return {
    readLogin: async (ask) => remote.login(await placeOf(ask), { by: 'look' }, ask.signal),
    loginByQr: async (ask) => remote.login(await placeOf(ask), { by: 'qr' }, ask.signal),
    async loginByCode(ask) {
      const { phone, code } = ask.body;
      return remote.login(await placeOf(ask), code ? { by: 'code', code } : { by: 'phone', phone: phone ?? '' }, ask.signal);
    },
    loginByPassword: async (ask) => remote.login(await placeOf(ask), { by: 'password', ...ask.body }, ask.signal),
    readMe: async (ask) => remote.me(await placeOf(ask), ask.signal),
    readUnread: async (ask) => remote.unread(await placeOf(ask), ask.signal),
    readDialogs: async (ask) => remote.dialogs(await placeOf(ask), ask.signal),
    async checkNumber(ask) {
      const place = await placeOf(ask);
      await ask.transaction(async (trx) => {
        const { channel, ceilings } = await readProfile(trx, place.profileId, now());
        const { settings } = await readWorkspace(trx);
        const { numberChecksPerDay: most } = ceilingsOf(ceilingKindOf(channel), settings.ceilings, ceilings);
        if (most !== undefined) await bookNumberCheck(trx, { workspaceId: place.workspaceId, accountId: place.profileId, most, now: now() });
      });
      return remote.checkNumber(place, ask.body.phone, ask.signal);
    },
    readScreenshot: async (ask): Promise<Blob> => ({ contentType: 'image/png', content: await remote.screenshot(await placeOf(ask), ask.signal) }),
  } satisfies Partial<Handlers>;
};

export function packNamed(packs: readonly PackCard[], name: string): PackCard {
  const pack = packs.find((one) => one.name === name);
  if (pack) return pack;
  const sentence = `is not one of ${packs.map((one) => one.name).join(', ') || 'the installed packs: there are none'}`;
  throw new Failure('invalid_input', `channel ${sentence}.`, { fields: { channel: sentence } });
}
