import type { Pack } from './script.ts';
import type { Step } from './script-steps.ts';
import { nestedSteps, stepKind, templatesOf } from './script-steps.ts';

/** What the shape of a pack cannot say: names that exist, inputs that are declared, and the promise of the send flow. */
export type Complaint = { path: (string | number)[]; message: string };

/** Flows that Patchbay itself calls, and what it hands to them. */
export const knownFlows: Record<string, readonly string[]> = {
  open: ['to', 'name'],
  openGroup: ['to', 'name', 'group'],
  identify: [],
  send: ['to', 'text', 'name'],
  reply: ['to', 'text', 'name', 'quoted'],
  sendMedia: ['to', 'text', 'name', 'kind'],
  confirm: ['to', 'text', 'name'],
  confirmMedia: ['to', 'text', 'name', 'kind'],
  checkNumber: ['to'],
  read: ['to', 'name'],
  check: [],
  unread: [],
  dialogs: [],
  me: [],
};
/** The flows that send, with the field that takes the text: the promise holds for each. */
export const sendFlows = { send: 'composer', reply: 'composer', sendMedia: 'caption' } as const;
const isSendFlow = (name: string): name is keyof typeof sendFlows => Object.hasOwn(sendFlows, name);
const confirmFlows = ['confirm', 'confirmMedia'];
const messageFields: readonly string[] = Object.values(sendFlows);
const loginInputs: Record<string, readonly string[]> = { qr: [], password: ['username', 'password'], phone: ['phone'], code: ['code'] };

type Place = { name: string; path: (string | number)[]; steps: Step[]; inputs: readonly string[] };

export function checkPack(pack: Pack): Complaint[] {
  const places = allPlaces(pack);
  return [
    ...checkSelectors(pack),
    ...places.flatMap((place) => checkPlace(pack, place)),
    ...checkRuns(pack),
    ...Object.keys(pack.flows)
      .filter(isSendFlow)
      .flatMap((name) => checkSend(pack, name)),
    ...checkConfirm(pack),
  ];
}

function allPlaces(pack: Pack): Place[] {
  const flows = Object.entries(pack.flows).map(([name, flow]) => ({
    name,
    path: ['flows', name, 'steps'],
    steps: flow.steps,
    inputs: knownFlows[name] ?? flow.inputs ?? [],
  }));
  const logins = Object.entries(pack.login).map(([way, login]) => ({
    name: `login.${way}`,
    path: ['login', way, 'steps'],
    steps: login.steps,
    inputs: loginInputs[way] ?? [],
  }));
  return [...flows, ...logins];
}

function checkSelectors(pack: Pack): Complaint[] {
  const complaints: Complaint[] = [];
  for (const [name, selector] of Object.entries(pack.selectors)) {
    const chain = [name];
    for (let scope = selector.in; scope; scope = pack.selectors[scope]?.in) {
      if (!pack.selectors[scope] || chain.includes(scope)) {
        complaints.push({ path: ['selectors', name, 'in'], message: `"${scope}" is not a selector, or lies inside itself` });
        break;
      }
      chain.push(scope);
    }
  }
  pack.states.forEach((state, index) => {
    for (const name of [...(state.visible ?? []), ...(state.hidden ?? [])]) {
      if (!pack.selectors[name]) complaints.push({ path: ['states', index], message: `There is no selector "${name}"` });
    }
  });
  if (!pack.states.some((state) => state.is === 'ready')) complaints.push({ path: ['states'], message: 'No state is "ready"' });
  for (const [way, login] of Object.entries(pack.login)) {
    for (const name of loginSelectors(login)) {
      if (!pack.selectors[name]) complaints.push({ path: ['login', way], message: `There is no selector "${name}"` });
    }
  }
  return complaints;
}

function loginSelectors(login: object): string[] {
  const { of, refresh, wrong, shows } = login as { of?: string; refresh?: string; wrong?: string; shows?: { of: string } }; // the union of both login shapes
  return [of, refresh, wrong, shows?.of].filter((name) => name !== undefined);
}

function checkPlace(pack: Pack, place: Place): Complaint[] {
  return flatten(place.steps, place.path, place.inputs).flatMap(({ step, path, inputs }) => [
    ...selectorsOf(step)
      .filter((name) => !pack.selectors[name])
      .map((name) => ({ path, message: `There is no selector "${name}"` })),
    ...templatesOf(step)
      .flatMap((text) => [...text.matchAll(/\{\{([^}]*)\}\}/g)])
      .map((match) => (match[1] ?? '').split('|')[0] ?? '')
      .concat(step.when?.given?.input ?? [])
      .filter((name) => !inputs.includes(name))
      .map((name) => ({ path, message: `"${name}" is not an input of ${place.name}` })),
    ...(step.wait?.heard && !pack.hears[step.wait.heard] ? [{ path, message: `There is no exchange "${step.wait.heard}"` }] : []),
    ...(step.open && !pack.flows.open ? [{ path, message: 'There is no flow "open"' }] : []),
    ...misplaced(step, place).map((message) => ({ path, message })),
  ]);
}

function misplaced(step: Step, place: Place): string[] {
  const kind = stepKind(step);
  const field = isSendFlow(place.name) ? sendFlows[place.name] : null;
  if ((kind === 'commit' || kind === 'prove') && !field) return [`Only the flow "send" may ${kind}`];
  if (kind === 'find' && !confirmFlows.includes(place.name)) return ['Only the flow "confirm" may find'];
  if (kind === 'attach' && place.name !== 'sendMedia') return ['Only the flow "sendMedia" may attach'];
  const isMessage = messageFields.includes(step.type?.into ?? '');
  if (isMessage && step.type?.into !== field) return [`Only the flow "send" may type into the ${step.type?.into}`];
  if (messageFields.includes(step.fill?.into ?? '')) return [`The ${step.fill?.into} is typed into, never filled`];
  if (messageFields.includes(step.press?.on ?? '')) return [`No key may be pressed in the ${step.press?.on} but by the commit`];
  return [];
}

function flatten(
  steps: Step[],
  path: (string | number)[],
  inputs: readonly string[],
): { step: Step; path: (string | number)[]; inputs: readonly string[] }[] {
  return steps.flatMap((step, index) => {
    const here = [...path, index];
    const inside = step.forEach ? [...inputs, 'item'] : inputs;
    return [{ step, path: here, inputs }, ...flatten(nestedSteps(step), here, inside)];
  });
}

function selectorsOf({
  click,
  hover,
  resolve,
  attach,
  fill,
  type,
  press,
  wait,
  extract,
  scrollTo,
  assert,
  fail,
  commit,
  prove,
  find,
  when,
  forEach,
}: Step): string[] {
  const waits = wait?.for === undefined ? [] : [wait.for].flat();
  return [
    click?.on,
    hover?.on,
    resolve?.from,
    ...Object.values(attach?.to ?? {}),
    fill?.into,
    type?.into,
    press?.on,
    wait?.gone,
    ...waits,
    extract?.from,
    extract?.through,
    scrollTo?.in,
    assert?.visible,
    assert?.hidden,
    fail?.until,
    commit?.click,
    prove?.new,
    find?.in,
    find?.of,
    find?.top.visible,
    find?.top.hidden,
    when?.visible,
    forEach?.of,
  ].filter((name) => name !== undefined);
}

/** Flows may run one another, but never in a circle. */
function checkRuns(pack: Pack): Complaint[] {
  const runsOf = (name: string) =>
    flatten(pack.flows[name]?.steps ?? [], [], []).flatMap(({ step }) =>
      [step.run?.flow, step.open ? 'open' : undefined, step.prove?.again?.flow].filter((flow) => flow !== undefined),
    );
  const circles = (name: string, trail: string[]): boolean => trail.includes(name) || runsOf(name).some((next) => circles(next, [...trail, name]));
  return Object.keys(pack.flows).flatMap((name) => [
    ...runsOf(name)
      .filter((next) => !pack.flows[next])
      .map((next) => ({ path: ['flows', name], message: `There is no flow "${next}"` })),
    ...(circles(name, []) ? [{ path: ['flows', name], message: 'The flow runs itself' }] : []),
  ]);
}

/** The promise: exactly one commit, guarded and typed for before it, nothing but one prove after it. */
function checkSend(pack: Pack, name: keyof typeof sendFlows): Complaint[] {
  const steps = pack.flows[name]?.steps ?? [];
  const field = sendFlows[name];
  const path = ['flows', name, 'steps'];
  const kinds = steps.map(stepKind);
  const commit = kinds.indexOf('commit');
  const type = steps.findIndex((step) => step.type?.into === field);
  const guard = steps.findIndex((step) => step.guard?.composer === 'empty');
  const all = flatten(steps, [], []).map(({ step }) => stepKind(step));
  const claims: [boolean, string][] = [
    [all.filter((kind) => kind === 'commit').length === 1 && commit >= 0, 'A send flow has exactly one commit, at its top level'],
    [commit >= 0 && kinds.length === commit + 2 && kinds[commit + 1] === 'prove', 'After the commit comes exactly one prove and nothing else'],
    [guard >= 0 && guard < type, 'A guard with an empty composer comes before the typing'],
    [all.filter((kind) => kind === 'type').length >= 1 && type >= 0 && type < commit, `The text is typed into the ${field} before the commit`],
    [
      kinds.slice(type + 1, commit).every((kind) => kind === 'guard' || kind === 'wait' || kind === 'assert'),
      'Between typing and commit only guard, wait and assert may stand',
    ],
    [['composer', 'header', 'bubble'].every((needed) => pack.selectors[needed]), 'A send flow needs the selectors composer, header and bubble'],
    [
      name !== 'sendMedia' || (kinds.indexOf('attach') > guard && kinds.indexOf('attach') < type),
      'A file is attached between the guard and the typing',
    ],
    [name !== 'sendMedia' || Boolean(pack.flows.confirmMedia), 'A pack that sends files has a flow "confirmMedia"'],
    [name !== 'sendMedia' || Object.keys(pack.media).length > 0, 'A pack that sends files says under "media" which ones'],
    [
      ['id', 'text', 'direction', 'status'].every((field) => pack.selectors.bubble?.fields?.[field]),
      'bubble needs the fields id, text, direction and status',
    ],
    [Boolean(pack.selectors.header?.fields), 'header needs fields that tell whose conversation it is'],
  ];
  return claims.filter(([holds]) => !holds).map(([, message]) => ({ path, message }));
}

/** Without a way to look again a crash could never be resolved; looking again ends with the find. */
function checkConfirm(pack: Pack): Complaint[] {
  if (!Object.keys(pack.flows).some(isSendFlow)) return [];
  const ends = (name: string) => {
    const kinds = pack.flows[name]?.steps.map(stepKind) ?? [];
    return kinds.at(-1) === 'find' && kinds.indexOf('find') === kinds.length - 1 && kinds.includes('guard');
  };
  return confirmFlows
    .filter((name) => (name === 'confirm' || pack.flows[name]) && !ends(name))
    .map((name) => ({ path: ['flows', name], message: `A pack that sends has a flow "${name}" that guards the header and ends with its only find` }));
}
