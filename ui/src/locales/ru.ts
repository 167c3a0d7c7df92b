import analytics from './ru/analytics.json';
import approvals from './ru/approvals.json';
import automation from './ru/automation.json';
import builder from './ru/builder.json';
import campaigns from './ru/campaigns.json';
import ceilings from './ru/ceilings.json';
import common from './ru/common.json';
import connection from './ru/connection.json';
import consents from './ru/consents.json';
import contacts from './ru/contacts.json';
import deliveries from './ru/deliveries.json';
import desk from './ru/desk.json';
import erasures from './ru/erasures.json';
import fields from './ru/fields.json';
import home from './ru/home.json';
import hooks from './ru/hooks.json';
import imports from './ru/imports.json';
import inbox from './ru/inbox.json';
import lists from './ru/lists.json';
import live from './ru/live.json';
import login from './ru/login.json';
import mail from './ru/mail.json';
import notices from './ru/notices.json';
import people from './ru/people.json';
import platforms from './ru/platforms.json';
import profiles from './ru/profiles.json';
import proxies from './ru/proxies.json';
import reasons from './ru/reasons.json';
import recurrence from './ru/recurrence.json';
import reports from './ru/reports.json';
import returns from './ru/returns.json';
import roles from './ru/roles.json';
import rules from './ru/rules.json';
import run from './ru/run.json';
import runs from './ru/runs.json';
import segments from './ru/segments.json';
import sending from './ru/sending.json';
import session from './ru/session.json';
import settings from './ru/settings.json';
import shell from './ru/shell.json';
import simulation from './ru/simulation.json';
import sla from './ru/sla.json';
import states from './ru/states.json';
import templates from './ru/templates.json';
import webhooks from './ru/webhooks.json';
import workspace from './ru/workspace.json';

export const nouns = {
  analytics,
  approvals,
  automation,
  builder,
  campaigns,
  ceilings,
  common,
  connection,
  consents,
  contacts,
  deliveries,
  desk,
  erasures,
  fields,
  home,
  hooks,
  imports,
  inbox,
  lists,
  live,
  login,
  mail,
  notices,
  people,
  platforms,
  profiles,
  proxies,
  reasons,
  recurrence,
  reports,
  returns,
  roles,
  rules,
  run,
  runs,
  segments,
  sending,
  session,
  settings,
  sla,
  shell,
  simulation,
  states,
  templates,
  webhooks,
  workspace,
};
