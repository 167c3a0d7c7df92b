import type { BounceKind } from '#core/bounce.ts';

export type Said = { action: string; status: string | null; diagnostic: string };

/**
 * What kind of bounce it is. Who knows the status best is the server that wrote it, so its class (4 or 5) is believed; servers use a few codes
 * for everything, and there their words count. Words that blame us win over all of it: by those no recipient may be lost.
 */
export function kindOfBounce({ action, status, diagnostic }: Said): BounceKind {
  if (action === 'delayed') return 'delayed';
  // Amazon writes this above whatever the server has said.
  const words = diagnostic.slice(0, 2000).toLowerCase().replaceAll(/\s+/g, ' ').replaceAll('unknown address error', '');
  const code = preciseCode(status, words);
  const isGone = saysAny(words, gone) && !saysAny(words, notGone);
  const rest = words.replaceAll(/recipient address rejected ?:/g, '');
  if (saysAny(rest, ours) && !(isGone && code.endsWith('.1.1'))) return 'policy';
  if (code.startsWith('4.') || action === 'expired') return code.startsWith('4.7.') && !saysAny(words, later) ? 'policy' : 'soft';
  const byCode = kindOfCode(code);
  if (saysAny(words, full) && (byCode.isVague || !isGone)) return 'soft';
  if (!byCode.isVague) return byCode.kind;
  if (saysAny(rest, beforeRecipient)) return 'policy';
  if (isGone) return 'hard';
  if (saysAny(rest, down) || byCode.kind !== 'soft') return byCode.kind === 'hard' && saysAny(rest, down) ? 'soft' : byCode.kind;
  return saysAny(rest, refused) ? 'policy' : 'soft';
}

function kindOfCode(code: string): { kind: BounceKind; isVague: boolean } {
  const [, subject = '0', detail = '0'] = code.split('.');
  const both = `${subject}.${detail}`;
  const kind = kinds[both] ?? kinds[subject];
  return { kind: kind ?? 'soft', isVague: kind === undefined || vague.has(both) };
}

/** The report's own status; where that says no more than "failed", the first code of the server that does. */
function preciseCode(status: string | null, words: string): string {
  const codes = [status, ...codesIn(words)].filter((code) => code !== null);
  return codes.find((code) => code[0] === (status ?? code)[0] && !/^\d\.[01]\.0$/.test(code)) ?? codes[0] ?? '';
}

/** RFC 3463, without the class: what it is about, and for some what exactly. */
const kinds: Readonly<Record<string, BounceKind>> = {
  '1': 'hard',
  // The sender's address, not the recipient's.
  '1.7': 'policy',
  '1.8': 'policy',
  '2': 'soft',
  '2.1': 'hard',
  '4.4': 'hard',
  '4.310': 'hard',
  '6': 'policy',
  '7': 'policy',
  // The account is disabled.
  '7.13': 'hard',
};
/** Codes that servers also use for what they are not meant for: here the words decide, if they say anything. */
const vague = new Set(['0.0', '1.0', '2.0', '2.1', '3.0', '4.1', '5.0', '7.0', '7.1']);

/** RFC 3463 codes in a text: behind the reply code, or after a `#` in qmail's mails. */
function codesIn(text: string): string[] {
  return [...text.matchAll(/(?:^|[^\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)/g)].map((found) => found[1] ?? '');
}

export const enhancedCodeIn = (text: string): string | null => codesIn(text)[0] ?? null;

const saysAny = (words: string, phrases: readonly RegExp[]): boolean => phrases.some((phrase) => phrase.test(words));

/** Our content, address, domain or network is refused. */
const ours = [
  /\bspam\b|spamhaus|spamcop|\bunsolicited|\bbulk (e-?)?mail\b|junk mail/,
  /black ?list|block ?list|\brbl\b|\bdnsbl\b|deny ?list|(?<!not )\blisted (in|by|at|on)\b|\bbanned\b/,
  /\breputation\b|(?<!(account|mailbox|user) (is |has been )?)\bblocked\b|\bblocking\b|client host (rejected|blocked)|sender (rejected|denied|blocked|not allowed)/,
  /\bdmarc\b|\bdkim\b|\bspf\b|sender policy framework|sender id\b|unauthenticated (e-?mail|sender)|not authenticated|authentication checks failed|purported responsible/,
  /reverse (dns|mapping|hostname)|\bptr\b|fix reverse|\bhelo\b.*(reject|invalid|denied)|cannot find your (reverse )?hostname|my name was rejected|invalid ip for sending|mismatches client ip/,
  /\bvirus\b|\bmalware\b|\binfected\b|\bphish|prohibited (attachment|content)|content (rejected|refused|denied|filter)/,
  /message (content )?(was )?(rejected|refused|blocked|denied) (by|due|because|for) (of )?(content|policy|spam|security)|violat\w+ .*polic|local policy|(by|to|mail|security|company|message|site|our) (mail |security |local |server )?polic(y|ies)|policy (violation|reasons?|reject|restriction)/,
  /relay(ing)? (access )?(denied|prohibited|not (permitted|allowed))|(unable|not configured|not permitted) to relay|no relaying|authentication (is )?required|must (first )?authenticate|smtp server of your isp|e-?mail address is not verified/,
  /sender address|sender domain|sender verify|invalid sender|(from:? (address|header|domain)|from: domain) (is )?(invalid|not allowed)|bad sender|unroutable sender/,
  /administrative(ly)? prohibit|not accepting (e-?)?mail from (your|this|the) (ip|host|domain|network|server)|permission to (post|send)|not allowed to send|messages? from .{1,80}(weren't sent|deferred due to|temporarily deferred)|network not allowed/,
];
/** Nobody is there, for good. */
const gone = [
  /(user|recipient|mailbox|account|address|alias|addressee|name|person|destination|id)\b.{0,60}\b(unknown|not (be )?found|(does|do|did)(n['’]?t| not) exist|(is )?(invalid|not recognized|not known|non-?existent)|no longer (exists?|valid|available|active|used|in use|on server|with|works))/,
  /\b(unknown|invalid|no such|nonexistent|non-existent|bad destination|not a valid|not our|illegal|undefined|unrecognized|no valid|not a registered)\b.{0,25}\b(user|recipients?|mailbox|account|address|alias|local-?part|person|customer|id|hosts?|domain)\b|invalid final delivery/,
  /no (mailbox|account|user|person)\b.{0,40}\b(here|by that name|with that name|named|found|exists?)|(?:not|n['’]t|no) (have|has)( a| an)? .{0,40}account/,
  /(account|mailbox|user|recipient|address|e-?mail account).{0,60}\b(disabled|suspended|inactive|closed|deactivated|deleted|terminated|discontinued|cancell?ed|locked|frozen|blocked)|disabled recipient/,
  /recipnotfound|recipientnotfound|usernotfound|addressnotfound|recipient not found|recipient address(es)? rejected ?: access denied|not listed in (domino|public|the)|couldn['’]t be found/,
  /host (or domain name )?(unknown|.{0,60}not found)|host or domain name not found|domain (name )?not found|unrouteable (mail )?(address|domain)|unroutable address|couldn['’]?t find any host|domain .{0,60}(does(n['’]?t| not) exist|invalid|couldn['’]?t be found)|illegal host|null ?mx|nxdomain|dns lookup failure/,
  /has moved|moved to a new address|left the (company|organi[sz]ation)|user is not (active|known)|is not a known|(mailbox|user) (is )?unavailable|mailbox not available|no such|not exist|does not like recipient|that domain isn['’]t in my list|rejected recipient|not accepting messages|wrong (e-?mail )?address|undeliverable address|unavailable mailbox|address rejected[^:]*$/,
];
/** They exist, and have no room, or get too much at once. */
const full = [
  /(mailbox|quota|inbox|account|storage|disk|folder|maildir)\b.{0,60}\b(full|exceed\w*|over|too large|insufficient|limit)\b|over ?quota|(over|exceed\w*|insufficient|out of)\b.{0,30}\b(quota|storage|space)|not enough (disk )?(space|storage)|disk full|full mailbox/,
  /too (big|large)|size (limit|exceed)|exceed\w* .{0,40}size|maximum (message )?size|receiving mail at a rate|frequency limited/,
];
/** The way there, or the server, did not work. */
const down = [
  /time(d)? ?out|expired|too (many|old|long)|connection (refused|lost|dropped|reset|closed)|network (is )?unreachable|no route|loop|hop count|not responding|unable to connect|could not connect|system (config )?error|service unavailable|internal error/,
  /try again|temporar|retry|gr[ea]y ?list/,
];
/** What sounds like it, and is about something else. */
const notGone = [/host not found, try again|(temporary|malformed) .{0,40}name server|(command|exec)\b.{0,30}(not exist|not found)/];
/** Waiting helps: nobody has judged us. */
const later = [/gr[ea]y ?list|try again|temporar|later|come back|timed? out|retry/];
/** Refused before the recipient was named. */
const beforeRecipient = [/(after|in reply to) (mail from|initial connection|ehlo|helo)/];
/** A refusal that names nobody. */
const refused = [
  /reject|denied|refused|not (allowed|permitted|authorized|accepted)|prohibited|violation|rejete|(after|in reply to) (end of data|data)/,
];
