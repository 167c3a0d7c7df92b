import type { FeatureRow } from '#bin/checks/features.ts';
import { aliases } from '#core/api/aliases.ts';
import { contract } from '#core/api/contract.ts';

/** One thing that a row of docs/features.md names and that can be taken out of a copy of the sources. */
export type Switch = { is: 'route' | 'alias' | 'place' | 'screen'; name: string; edit: Edit };
/** `from` must stand in the file once, so that a switch which no longer switches anything is noticed. */
export type Edit = { file: string; from: string; to: string };

/** What stands in a line of its own instead of in the contract, by the word that rows have for it. The line is taken away. */
const places: Record<string, Edit> = {
  '/api/docs': {
    file: 'server/app.ts',
    from: "  app.use('/api', mountDocs(openApiOf(parts.version, '')));\n",
    to: '  void [mountDocs, openApiOf];\n',
  },
  '/admin/queues': { file: 'server/app.ts', from: '  if (parts.queuePages) app.use(queuePath, parts.queuePages);\n', to: '  void queuePath;\n' },
  '/ws': { file: 'server/socket.ts', from: "const paths = new Set(['/ws', '/ws/', ", to: 'const paths = new Set([' },
  '/ws/messages/': { file: 'server/socket.ts', from: "'/ws/messages', '/ws/messages/', ", to: '' },
  '/?sessionId=': { file: 'server/socket.ts', from: "sessionId: searchParams.get('sessionId')", to: 'sessionId: null' },
  '/?blastId=': { file: 'server/socket.ts', from: "blastId: searchParams.get('blastId')", to: 'blastId: null' },
  'server/limits.ts': {
    file: 'server/routes.ts',
    from: '    for (const limit of parts.limits.of(name)) await run(limit, request, response);\n',
    to: '    void run;\n',
  },
  'server/headers.ts': { file: 'server/app.ts', from: '  app.use(securityHeaders(', to: '  void (securityHeaders(' },
  'core/permission.ts': {
    file: 'server/routes.ts',
    from: '  refuseUnlessAllowed(definition.allows, caller);\n',
    to: '  void refuseUnlessAllowed;\n',
  },
  CORS_ALLOWED_ORIGINS: { file: 'server/app.ts', from: '  app.use(parts.origins.allowOthers);\n', to: '' },
  'core/policy.ts': {
    file: 'core/policy.ts',
    from: '  return windows.flatMap(',
    to: '  return ([] as typeof windows).flatMap(',
  },
  'core/pace.ts': { file: 'core/pace.ts', from: 'Math.exp(settings.keySigma * normal(draw))', to: 'Math.exp(0 * normal(draw))' },
  'core/template.ts': { file: 'core/template.ts', from: "part === 'html' ? escapeHtml(textOf(node.expression, run)) : ", to: '' },
  'sql/events.ts': { file: 'sql/events.ts', from: '  if (events.length === 0) return;\n', to: '  if (events.length >= 0) return;\n' },
  'sql/sealed.ts': {
    file: 'sql/sealed.ts',
    from: 'const nonce = randomBytes(nonceBytes);',
    to: 'const nonce = Buffer.alloc(nonceBytes); void randomBytes;',
  },
};

/** Pages of the dashboard by the words that a row begins its place with, and what the router loads for each. */
const screens: Record<string, string> = {
  Wall: './profiles/wall-page.vue',
  Inbox: './inbox/inbox-page.vue',
  Campaigns: './campaigns/campaign-page.vue',
  Contacts: './lists/lists-page.vue',
  Import: './lists/import-page.vue',
  Templates: './templates/templates-page.vue',
  Log: './campaigns/log-page.vue',
  'Settings, Workspace': './workspace/workspace-form.vue',
  'Settings, People': './workspace/people-table.vue',
  'Settings, Accounts': './platforms/accounts-page.vue',
  'Settings, Mail': './mail/mail-page.vue',
  'Sign-in': './session/sign-in-page.vue',
};

/**
 * What a row names: `/lists` is every entry at that path and at `/lists/:id`, `POST /lists` that entry alone, `/campaigns/:id/{start,pause}`
 * each of these. A path that only other documents have is one of our aliases. Screens count where a test goes through the dashboard.
 */
export function switchesOf(row: FeatureRow): Switch[] {
  const named = [...row.place.matchAll(/`([^`]*)`/g)].flatMap(([, text = '']) => spread(text));
  const paths = named.flatMap((text) =>
    places[text] ? [{ is: 'place' as const, name: text, edit: places[text] }] : [...routesAt(text), ...aliasesAt(text)],
  );
  const goesThroughPages = row.tests.some(({ file }) => file.startsWith('e2e/'));
  const pages = goesThroughPages ? row.place.split(/[;·]/).flatMap((part) => screenOf(part.trim())) : [];
  return [...new Map([...paths, ...pages].map((one) => [`${one.is} ${one.name}`, one])).values()];
}

/** `/campaigns/:id/{start,pause}` is two paths. */
function spread(text: string): string[] {
  const [all, before, inner, after] = /^(.*)\{([^}]+)\}(.*)$/.exec(text) ?? [];
  return all === undefined ? [text] : (inner ?? '').split(',').map((one) => `${before}${one.trim()}${after}`);
}

function splitVerb(text: string): { verb: string | null; path: string } {
  const [first = '', second] = text.split(' ');
  return second === undefined ? { verb: null, path: first } : { verb: first, path: second };
}

function routesAt(text: string): Switch[] {
  const { verb, path } = splitVerb(text);
  const isMeant = (method: string, at: string) => (verb ? verb === method && at === path : at === path || at === `${path}/:id`);
  return Object.entries(contract)
    .filter(([, entry]) => isMeant(entry.method, entry.path))
    .map(([name]) => ({ is: 'route', name, edit: routeOff(name) }));
}

function routeOff(name: string): Edit {
  const from = 'export function routeTo(name: Name, parts: RouteParts, adapt?: Adapt): RequestHandler {\n';
  return { file: 'server/routes.ts', from, to: `${from}  if (name === '${name}') return (_request, response) => void response.status(404).end();\n` };
}

function aliasesAt(text: string): Switch[] {
  const { verb, path } = splitVerb(text);
  const isOurs = (method: string) => Object.values(contract).some((entry) => entry.path === path && entry.method === method);
  return aliases
    .filter((alias) => alias.path === path && (!verb || verb === alias.method) && !isOurs(alias.method))
    .map((alias) => ({ is: 'alias', name: `${alias.method} ${path}`, edit: aliasOff(alias.method, path) }));
}

function aliasOff(method: string, path: string): Edit {
  const from = '  for (const alias of namedFirst) ';
  return { file: 'server/aliases.ts', from, to: `${from}if (alias.method !== '${method}' || alias.path !== '${path}') ` };
}

function screenOf(words: string): Switch[] {
  const page = screens[words];
  if (!page) return [];
  return [{ is: 'screen', name: words, edit: { file: 'ui/src/router.ts', from: `import('${page}')`, to: "import('./shell/nothing-page.vue')" } }];
}
