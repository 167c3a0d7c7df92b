/**
 * What Chromium asks for by itself, in spite of its switches. It goes through paid proxies, shows Google that a browser runs behind this exit,
 * and tells it nothing that a messenger needs, so it ends at the hop. Each name stands in the program itself (`strings chromium`, 156); behind
 * it, the part of Chromium's source that asks.
 */
const names = new Set([
  'accounts.google.com', // google_apis/gaia: who is signed in; asked at each start (measured)
  'update.googleapis.com', // components/component_updater (measured)
  'clients2.google.com', // extensions/common/extension_urls, components/network_time, crash reports
  'clients2.googleusercontent.com', // downloads of what the line above names
  'dl.google.com', // the same
  'chromewebstore.googleapis.com', // chrome/browser/extensions: what is installed
  'clientservices.googleapis.com', // components/variations (field trials), components/metrics
  'clients1.google.com', // components/omnibox: suggestions
  'clients4.google.com', // components/sync, components/metrics
  'clients5.google.com', // components/omnibox, translation of words
  'safebrowsing.google.com', // components/safe_browsing: lists, and three more ways to look an address up
  'safebrowsing.googleapis.com',
  'safebrowsingohttpgateway.googleapis.com',
  'sb-ssl.google.com', // components/safe_browsing: downloads and what looks like phishing
  'optimizationguide-pa.googleapis.com', // components/optimization_guide: models and hints
  'content-autofill.googleapis.com', // components/autofill: which fields a form has
  'passwordsleakcheck-pa.googleapis.com', // components/password_manager
  'sctauditing-pa.googleapis.com', // services/network/sct_auditing: certificates that were seen
  'chromereporting-pa.googleapis.com', // components/enterprise: reports
  'webpermissionpredictions.googleapis.com', // components/permissions: whether to ask for a permission
  'android.clients.google.com', // google_apis/gcm: push messages of Chromium itself
  'mtalk.google.com', // the same
  'fcm.googleapis.com', // components/gcm_driver, components/invalidation
  'chromesyncsharedentities-pa.googleapis.com', // components/sync
  'securitydomain-pa.googleapis.com', // components/trusted_vault
]);
/** Whole domains: gvt1 delivers component updates, gvt2 takes the reports of components/domain_reliability. */
const domains = ['gvt1.com', 'gvt2.com'];

/** Whether a request for `host` is the browser's own. A messenger that lives at Google itself (`site`) may ask for its own domain. */
export function isBackgroundHost(host: string, site: string | null = null): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  if (site && domainOf(name) === domainOf(site.toLowerCase())) return false;
  return names.has(name) || domains.includes(domainOf(name));
}

/** The last two labels. Enough here: none of the names above lies under a public suffix of two. */
const domainOf = (name: string): string => name.split('.').slice(-2).join('.');
