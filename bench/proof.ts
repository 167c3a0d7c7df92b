import { proveCampaign } from './proofs/campaign.ts';
import { proveFeatures } from './proofs/features.ts';
import { proveHibernation } from './proofs/hibernation.ts';
import { proveInbox } from './proofs/inbox.ts';
import { proveKills } from './proofs/kills.ts';
import { proveMails } from './proofs/mails.ts';
import { readProofOptions } from './proofs/options.ts';
import { provePolicy } from './proofs/policy.ts';
import { proveProxies } from './proofs/proxies.ts';
import { proveSecrets } from './proofs/secrets.ts';
import { proveSimulation } from './proofs/simulation.ts';
import { proveWebhooks } from './proofs/webhooks.ts';
import { proveWhatsAppOpenapi } from './proofs/whatsapp-openapi.ts';

/** `npm run proof NAME`: long proofs. Exit 0 only when what was promised held. */
const proofs = {
  kills: proveKills,
  campaign: proveCampaign,
  features: proveFeatures,
  policy: provePolicy,
  hibernation: proveHibernation,
  proxies: proveProxies,
  webhooks: proveWebhooks,
  secrets: proveSecrets,
  simulation: proveSimulation,
  mails: proveMails,
  inbox: proveInbox,
  'whatsapp-openapi': proveWhatsAppOpenapi,
} as const;
const { name, options } = readProofOptions(process.argv.slice(2));
const prove = Object.entries(proofs).find(([known]) => known === name)?.[1];
if (!prove) {
  console.error(`There is no proof named "${name}". There are: ${Object.keys(proofs).join(', ')}.`);
  process.exit(2);
}
console.log(`proof ${name}, seed ${options.seed}`);
const problems = await prove(options);
for (const problem of problems) console.error(problem);
console.log(
  problems.length === 0 ? `proof ${name} holds, seed ${options.seed}` : `proof ${name} FAILED with ${problems.length} problems, seed ${options.seed}`,
);
process.exit(problems.length === 0 ? 0 : 1);
