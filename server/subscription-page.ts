import type { Subscription } from '#sql/subscriptions.ts';
import { escapeHtml, form, writePlainPage } from './plain-page.ts';
import { type SubscriptionTexts, subscriptionTexts } from './subscription-texts.ts';

/** What the page answers to: a look, a choice, or a link that is none of ours. */
export type Said = 'nothing' | 'saved' | 'mailed' | 'asked_before' | 'unknown';
type Page = { said: Said; found: Subscription | null; language: 'en' | 'ru' };

/** The page behind the link in a mail. It is plain HTML with forms: it has to work in whatever opens links, and loads nothing. */
export function writeSubscriptionPage({ said, found, language }: Page): string {
  const texts = subscriptionTexts[language];
  const title = said === 'unknown' ? texts.unknownTitle : texts.title;
  const body = said === 'unknown' ? `<h1>${title}</h1><p>${texts.unknown}</p>` : bodyOf(found, said, { texts, language });
  return writePlainPage({ language, title, body });
}

type Wording = { texts: SubscriptionTexts; language: 'en' | 'ru' };

function bodyOf(found: Subscription | null, said: Said, { texts, language }: Wording): string {
  const state = found?.state ?? { is: 'unsubscribed', mayReturn: false };
  const name = `<strong>${escapeHtml(found?.workspaceName ?? '')}</strong>`;
  const told = said === 'nothing' || said === 'unknown' ? '' : `<p class="saved" role="status">${texts[said]}</p>`;
  const head = `<h1>${texts.title}</h1>${told}`;
  const own = ownData(found, texts);
  const back = form('resubscribe', `<button>${texts.resubscribe}</button>`);
  if (state.is === 'unsubscribed') return `${head}<p>${texts.off.replace('{name}', name)}</p>${state.mayReturn ? back : ''}${own}`;
  const leave = form('unsubscribe', `<button class="main">${texts.unsubscribe}</button>`);
  if (state.is === 'paused') {
    const until = state.until.toLocaleDateString(language, { dateStyle: 'long', timeZone: 'UTC' });
    return `${head}<p>${texts.paused.replace('{name}', name).replace('{until}', escapeHtml(until))}</p><div class="acts">${back}${leave}</div>${own}`;
  }
  return `${head}<p>${texts.on.replace('{name}', name)}</p>${leave}<hr>${pauses(texts)}${channels(found, texts)}${own}`;
}

const pauses = (texts: SubscriptionTexts) =>
  `<h2>${texts.pauseTitle}</h2><div class="acts">${[30, 90]
    .map((days) => form('pause', `<input type="hidden" name="days" value="${days}"><button>${texts.pauseDays[days === 30 ? 30 : 90]}</button>`))
    .join('')}</div>`;

function channels(found: Subscription | null, texts: SubscriptionTexts): string {
  const known = found?.channels ?? [];
  if (known.length < 2) return '';
  const boxes = known.map(({ channel, isRefused }) => {
    const label = texts.channels[channel as keyof SubscriptionTexts['channels']] ?? channel; // A pack of somebody's own has no name here but its own.
    const value = escapeHtml(channel);
    return `<label><input type="checkbox" name="keep" value="${value}"${isRefused ? '' : ' checked'}> ${escapeHtml(label)}</label>`;
  });
  return `<h2>${texts.channelsTitle}</h2>${form('channels', `${boxes.join('')}<button>${texts.save}</button>`)}`;
}

/** Only where a mail can prove that it is them. */
function ownData(found: Subscription | null, texts: SubscriptionTexts): string {
  if (!found?.mailbox) return '';
  return `<hr><h2>${texts.ownTitle}</h2><p>${texts.ownAbout}</p><div class="acts">${form('export', `<button>${texts.export}</button>`)}${form('erase', `<button>${texts.erase}</button>`)}</div>`;
}
