import { createHash, randomBytes } from 'node:crypto';
import type { LinkView } from '#core/api/login-links.ts';
import { Failure } from '#core/failure.ts';
import { profileStates } from '#core/profile.ts';
import { type Db, inWorkspace, type Trx } from '#sql/database.ts';
import {
  addLoginLink,
  auditLink,
  endLoginLink,
  listLoginLinks,
  loginLinkOf,
  type OpenLink,
  openLoginLink,
  revokeLoginLinks,
} from '#sql/login-links.ts';
import { readProfile } from '#sql/profiles.ts';
import type { Handlers } from './handler.ts';
import type { ProfileRemote } from './profiles.ts';

export type LoginLinkParts = { db: Db; remote: Pick<ProfileRemote, 'login'>; now: () => Date };
type Step = Awaited<ReturnType<ProfileRemote['login']>>;

const newSecret = (): string => randomBytes(32).toString('base64url');
const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();
const gone = () => new Failure('not_found', 'This link was used already, was withdrawn, or its time is over. Ask for a new one.');

/** Links for the owner of a phone: made and revoked by people of the workspace, opened by somebody who is nobody here. */
export const loginLinksHandlers = ({ db, remote, now }: LoginLinkParts) => {
  type OneProfile = { params: { id: string }; transaction: <T>(work: (trx: Trx) => Promise<T>) => Promise<T> };
  const ofOwn = <T>({ params, transaction }: OneProfile, work: (trx: Trx) => Promise<T>): Promise<T> =>
    transaction(async (trx) => {
      await readProfile(trx, params.id, now());
      return work(trx);
    });
  return {
    listLoginLinks: (ask) => ofOwn(ask, async (trx) => ({ rows: await listLoginLinks(trx, ask.params.id, now()) })),
    addLoginLink: (ask) =>
      ofOwn(ask, async (trx) => {
        const link = newSecret();
        const { workspaceId, personId } = ask.caller;
        const expiresAt = new Date(now().getTime() + ask.body.minutes * 60_000);
        const made = { workspaceId, personId, profileId: ask.params.id, tokenHash: hashOf(link), expiresAt };
        return { ...(await addLoginLink(trx, made)), address: `/scan#${link}` };
      }),
    async removeLoginLinks(ask) {
      await ofOwn(ask, (trx) => revokeLoginLinks(trx, ask.params.id, now()));
      return null;
    },
    async openLoginLink({ body, signal }) {
      const pass = newSecret();
      const link = await openLoginLink(db, { tokenHash: hashOf(body.link), passHash: hashOf(pass), at: now() });
      if (!link) throw gone();
      await inWorkspace(db, link.workspaceId, (trx) => auditLink(trx, link, 'openLoginLink'));
      // A profile that was stopped meanwhile is opened; what keeps it from that shows in the dashboard, not here.
      await remote.login(link, { by: 'qr' }, signal).catch(() => null);
      return { pass, expiresAt: link.expiresAt.toISOString() };
    },
    async readLoginLink({ body, signal }) {
      const link = await loginLinkOf(db, hashOf(body.pass), now());
      if (!link) throw gone();
      const step = await remote.login(link, { by: 'look' }, signal).catch(() => null);
      const view = viewOf(step);
      if (view.is === 'done') await finish(db, link, now());
      return view;
    },
  } satisfies Partial<Handlers>;
};

/** A profile that is logged in shows chats, so from here on the pass opens nothing. */
async function finish(db: Db, link: OpenLink, at: Date): Promise<void> {
  await inWorkspace(db, link.workspaceId, async (trx) => {
    if (await endLoginLink(trx, link.linkId, at)) await auditLink(trx, link, 'endLoginLink');
  });
}

/** The code and nothing else: no name, no number, not even which messenger. */
function viewOf(step: Step | null): LinkView {
  if (!step) return { is: 'waiting' };
  if (step.linkCode) return { is: 'link_code', code: step.linkCode };
  if (step.state === 'needs_qr' && step.qr) return { is: 'qr', qr: step.qr, qrAt: step.qrAt };
  const isIn = step.state === 'syncing' || profileStates[step.state].group === 'ready' || profileStates[step.state].group === 'restricted';
  return { is: isIn ? 'done' : 'waiting' };
}
