import { contract } from '#core/api/contract.ts';
import { accountsHandlers } from './accounts.ts';
import { type AnalyticsParts, analyticsHandlers } from './analytics.ts';
import { type AuthParts, authHandlers } from './auth.ts';
import { automationHandlers } from './automation.ts';
import { availabilityHandlers } from './availability.ts';
import { batchesHandlers } from './batches.ts';
import { blastsHandlers } from './blasts.ts';
import { type BotParts, botsHandlers } from './bots.ts';
import { campaignsHandlers } from './campaigns.ts';
import type { PlatformParts } from './connect-account.ts';
import { consentsHandlers } from './consents.ts';
import { type ContactParts, contactsHandlers } from './contacts.ts';
import { deliveriesHandlers } from './deliveries.ts';
import { deskHandlers } from './desk.ts';
import type { Handlers } from './handler.ts';
import { healthHandlers } from './health.ts';
import { type HookParts, hooksHandlers } from './hooks.ts';
import { type InboxParts, inboxHandlers } from './inbox.ts';
import { labelsHandlers } from './labels.ts';
import { type ListParts, listsHandlers } from './lists.ts';
import { type LoginLinkParts, loginLinksHandlers } from './login-links.ts';
import { type MailParts, mailHandlers } from './mail.ts';
import { type MailDomainParts, mailDomainsHandlers } from './mail-domains.ts';
import { type MailInParts, mailInHandlers } from './mail-in.ts';
import { type MediaParts, mediaHandlers } from './media.ts';
import { messagesHandlers } from './messages.ts';
import { type NoticeParts, noticesHandlers } from './notices.ts';
import { platformConnectsHandlers } from './platform-connects.ts';
import { platformTemplatesHandlers } from './platform-templates.ts';
import { platformsHandlers } from './platforms.ts';
import { type ProfileLogParts, profileLogHandlers } from './profile-log.ts';
import { type ProfileParts, profileRemoteHandlers, profilesHandlers } from './profiles.ts';
import { type ProxyParts, proxiesHandlers } from './proxies.ts';
import { repeatsHandlers } from './repeats.ts';
import { reportsHandlers } from './reports.ts';
import { type RunParts, runsHandlers } from './runs.ts';
import { type SegmentParts, segmentsHandlers } from './segments.ts';
import { sendingHandlers } from './sending.ts';
import { simulationHandlers } from './simulation.ts';
import { slaHandlers } from './sla.ts';
import { type SnapshotParts, snapshotHandlers } from './snapshots.ts';
import { teamsHandlers } from './teams.ts';
import { templatesHandlers } from './templates.ts';
import { type WebhookListParts, webhooksHandlers } from './webhooks.ts';
import { workspaceHandlers } from './workspace.ts';

export type HandlerParts = AnalyticsParts &
  AuthParts &
  ContactParts &
  HookParts &
  BotParts &
  InboxParts &
  ListParts &
  LoginLinkParts &
  MailParts &
  MailDomainParts &
  MailInParts &
  MediaParts &
  NoticeParts &
  PlatformParts &
  ProfileLogParts &
  ProfileParts &
  ProxyParts &
  RunParts &
  SegmentParts &
  SnapshotParts &
  WebhookListParts & { version: string };

/** The handlers of every noun; each file answers for the contract's file of the same name. */
export function composeHandlers(parts: HandlerParts): Partial<Handlers> {
  return {
    ...healthHandlers(parts),
    ...authHandlers(parts),
    ...workspaceHandlers(parts),
    ...proxiesHandlers(parts),
    ...accountsHandlers(parts),
    ...profilesHandlers(parts),
    ...profileRemoteHandlers(parts),
    ...snapshotHandlers(parts),
    ...profileLogHandlers(parts),
    ...runsHandlers(parts),
    ...loginLinksHandlers(parts),
    ...mailHandlers(parts),
    ...mailDomainsHandlers(parts),
    ...mailInHandlers(parts),
    ...platformsHandlers(parts),
    ...platformTemplatesHandlers(parts),
    ...platformConnectsHandlers(parts),
    ...templatesHandlers(),
    ...contactsHandlers(parts),
    ...segmentsHandlers(parts),
    ...simulationHandlers(parts),
    ...sendingHandlers(parts),
    ...listsHandlers(parts),
    ...consentsHandlers(parts),
    ...campaignsHandlers(parts),
    ...deliveriesHandlers(parts),
    ...blastsHandlers(parts),
    ...inboxHandlers(parts),
    ...slaHandlers(parts),
    ...availabilityHandlers(),
    ...batchesHandlers(parts),
    ...messagesHandlers(parts),
    ...labelsHandlers(),
    ...deskHandlers(),
    ...teamsHandlers(),
    ...mediaHandlers(parts),
    ...automationHandlers(parts),
    ...botsHandlers(parts),
    ...webhooksHandlers(parts),
    ...hooksHandlers(parts),
    ...noticesHandlers(parts),
    ...analyticsHandlers(parts),
    ...reportsHandlers(parts),
    ...repeatsHandlers(parts),
  };
}

/** Throws when an entry of the contract has no handler: a server that would answer half of it does not start. */
export function requireEvery(handlers: Partial<Handlers>): Handlers {
  const missing = Object.keys(contract).filter((name) => !(name in handlers));
  if (missing.length > 0) throw new Error(`These entries of the contract have no handler: ${missing.join(', ')}`);
  return handlers as Handlers; // Just checked: nothing is missing.
}
