import { analytics } from './analytics.ts';
import { auth } from './auth.ts';
import { automation } from './automation.ts';
import { availability } from './availability.ts';
import { batches } from './batches.ts';
import { bots } from './bots.ts';
import { campaigns } from './campaigns.ts';
import { consents } from './consents.ts';
import { contacts } from './contacts.ts';
import { desk } from './desk.ts';
import { health } from './health.ts';
import { hooks } from './hooks.ts';
import { inbox } from './inbox.ts';
import { labels } from './labels.ts';
import { lists } from './lists.ts';
import { loginLinks } from './login-links.ts';
import { mail } from './mail.ts';
import { mailDomains } from './mail-domains.ts';
import { mailIn } from './mail-in.ts';
import { media } from './media.ts';
import { messages } from './messages.ts';
import { notices } from './notices.ts';
import { numbers } from './numbers.ts';
import { platformTemplates } from './platform-templates.ts';
import { platforms } from './platforms.ts';
import { profileLog } from './profile-log.ts';
import { profiles } from './profiles.ts';
import { proxies } from './proxies.ts';
import { repeats } from './repeats.ts';
import { reports } from './reports.ts';
import { runs } from './runs.ts';
import { segments } from './segments.ts';
import { sending } from './sending.ts';
import { simulation } from './simulation.ts';
import { sinceFreeze } from './since-freeze.ts';
import { sla } from './sla.ts';
import { snapshots } from './snapshots.ts';
import { teams } from './teams.ts';
import { templates } from './templates.ts';
import { webhooks } from './webhooks.ts';
import { workspace } from './workspace.ts';

/** Every endpoint by name: routes, the typed client, OpenAPI and permissions are read from here. */
export const contract = {
  ...health,
  ...auth,
  ...workspace,
  ...proxies,
  ...profiles,
  ...runs,
  ...snapshots,
  ...numbers,
  ...profileLog,
  ...loginLinks,
  ...mail,
  ...mailDomains,
  ...mailIn,
  ...platforms,
  ...platformTemplates,
  ...templates,
  ...contacts,
  ...segments,
  ...lists,
  ...consents,
  ...campaigns,
  ...simulation,
  ...sinceFreeze,
  ...sending,
  ...inbox,
  ...sla,
  ...reports,
  ...repeats,
  ...availability,
  ...batches,
  ...messages,
  ...desk,
  ...labels,
  ...teams,
  ...media,
  ...automation,
  ...bots,
  ...webhooks,
  ...hooks,
  ...notices,
  ...analytics,
};
export type Contract = typeof contract;
