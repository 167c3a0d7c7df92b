import analytics from './en/analytics.json';
import approvals from './en/approvals.json';
import automation from './en/automation.json';
import builder from './en/builder.json';
import campaigns from './en/campaigns.json';
import ceilings from './en/ceilings.json';
import common from './en/common.json';
import connection from './en/connection.json';
import consents from './en/consents.json';
import contacts from './en/contacts.json';
import deliveries from './en/deliveries.json';
import desk from './en/desk.json';
import erasures from './en/erasures.json';
import fields from './en/fields.json';
import home from './en/home.json';
import hooks from './en/hooks.json';
import imports from './en/imports.json';
import inbox from './en/inbox.json';
import lists from './en/lists.json';
import live from './en/live.json';
import login from './en/login.json';
import mail from './en/mail.json';
import notices from './en/notices.json';
import people from './en/people.json';
import platforms from './en/platforms.json';
import profiles from './en/profiles.json';
import proxies from './en/proxies.json';
import reasons from './en/reasons.json';
import recurrence from './en/recurrence.json';
import reports from './en/reports.json';
import returns from './en/returns.json';
import roles from './en/roles.json';
import rules from './en/rules.json';
import run from './en/run.json';
import runs from './en/runs.json';
import segments from './en/segments.json';
import sending from './en/sending.json';
import session from './en/session.json';
import settings from './en/settings.json';
import shell from './en/shell.json';
import simulation from './en/simulation.json';
import sla from './en/sla.json';
import states from './en/states.json';
import templates from './en/templates.json';
import webhooks from './en/webhooks.json';
import workspace from './en/workspace.json';

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
