/**
 * Words by which people ask not to be written to any more, in twelve languages: the ones that mobile operators and mail services document
 * (STOP, STOPALL, UNSUBSCRIBE, CANCEL, END, QUIT, REVOKE and OPT OUT of the US carriers' list; BAJA; RET and İPTAL; 退订 and TD) and how
 * people say it.
 */
const words = {
  en: 'stop|stopall|unsubscribe|cancel|end|quit|revoke|optout|opt out|remove me|unsub|no more messages|leave me alone|do not write|do not text me|stop messaging me|stop texting me|stop writing me',
  es: 'baja|alto|parar|basta|cancelar|cancelar suscripcion|desuscribir|desuscribirme|darme de baja|dar de baja|no mas|no mas mensajes|no me escriban|no me escribas',
  pt: 'sair|pare|parar|cancelar|descadastrar|descadastre me|remover|cancelar inscricao|nao quero mais|nao envie mais|chega',
  de: 'stopp|abmelden|abmeldung|abbestellen|austragen|aufhoren|aufhoeren|kundigen|kuendigen|keine nachrichten mehr|nicht mehr schreiben|schreib mir nicht mehr|schluss',
  fr: 'arret|arreter|arretez|arrete|desabonner|desabonnement|desinscrire|desinscription|me desinscrire|me desabonner|plus de messages|ne m ecrivez plus|stopper',
  it: 'ferma|fermati|basta|smetti|smettila|smettetela|cancellami|cancella|annulla|disiscrivimi|disiscriviti|disiscrizione|annulla iscrizione|non scrivermi piu|non scrivetemi piu|rimuovimi',
  ru: 'стоп|отписаться|отписка|отпишите|отпишите меня|отпиши|отмена|хватит|прекратите|прекрати|не пишите|не пишите мне|не пиши мне|не пишите мне больше|не присылайте|удалите меня',
  id: 'berhenti|hentikan|stop langganan|berhenti langganan|batal|batalkan|batal langganan|jangan kirim lagi|jangan hubungi saya|unreg',
  tr: 'dur|durdur|durdurun|iptal|iptal et|ret|abonelikten cik|abonelik iptal|cik|yazmayin|mesaj atmayin|istemiyorum',
  hi: 'रोकें|रोको|रोक दो|रुको|रुकें|बंद करो|बंद करें|बंद कर दो|बन्द करो|स्टॉप|मैसेज मत करो|मत भेजो|सदस्यता समाप्त|band karo|roko|mat bhejo',
  ar: 'توقف|توقفوا|اوقف|اوقفوا|ايقاف|قف|كفي|الغاء|الغاء الاشتراك|الغ الاشتراك|لا ترسل|لا تراسلني|لا ترسلوا|ستوب',
  zh: '停止|退订|退訂|取消|取消订阅|取消訂閱|td|t退订|不要再发|不要再发了|别发了|別發了|不要再發|停|勿扰|拒收|回t退订',
} as const;

/** What is answered to a stop, once, in the language in which it was said. */
const confirmations: Record<keyof typeof words, string> = {
  en: 'You will get no more messages from us.',
  es: 'No recibirá más mensajes nuestros.',
  pt: 'Você não receberá mais mensagens nossas.',
  de: 'Sie erhalten keine Nachrichten mehr von uns.',
  fr: 'Vous ne recevrez plus de messages de notre part.',
  it: 'Non riceverà più nostri messaggi.',
  ru: 'Мы больше не будем вам писать.',
  id: 'Anda tidak akan menerima pesan dari kami lagi.',
  tr: 'Artık bizden mesaj almayacaksınız.',
  hi: 'अब हम आपको कोई संदेश नहीं भेजेंगे।',
  ar: 'لن نرسل إليك رسائل بعد الآن.',
  zh: '我们不会再给您发送消息。',
};

/** Politeness and objects that may stand beside one of the words without changing what it says. */
const beside = new Set(
  [
    'please pls plz now all it this thanks thank you ok okay hi hello messages message msgs msg sms texts texting messaging sending me the subscription',
    'por favor gracias ya mensajes bitte danke jetzt sofort alles nachrichten merci maintenant stp svp messages per favore grazie ora subito messaggi',
    'obrigado obrigada agora mensagens пожалуйста спасибо сейчас всё все рассылка рассылку сообщения tolong terima kasih sekarang pesan lutfen tesekkurler simdi',
    'mesaj mesajlari कृपया धन्यवाद अभी मैसेज من فضلك لو سمحت شكرا الان الرسائل 请 請 谢谢 謝謝',
  ].flatMap((line) => line.split(' ').map(fold)),
);
/** Words that turn the meaning round: "don't stop", "nicht stoppen", "не стоп". */
const negations = new Set(
  'don dont do not never no t nicht kein nie ne pas jamais non mai не нет никогда jangan tidak bukan degil sakin मत नहीं لا ليس 不 别 別 não nao nunca'.split(
    ' ',
  ),
);

const asks = new Set(Object.values(words).flatMap((line) => line.split('|').map(fold)));
/** The language of each ask; a word of several is of the first of them. */
const languages = (Object.keys(words) as (keyof typeof words)[]) // Object.keys widens the names of a constant to string.
  .map((language) => ({ language, asks: words[language].split('|').map(fold) }));
const chinese = words.zh.split('|').filter((word) => /\p{Script=Han}/u.test(word));
const politeHan = /^(?:请你?们?|請你?們?|麻烦你?|麻煩你?)|(?:吧|了|谢谢你?|謝謝你?)+$/gu;
/** Single words long enough for a slip of the finger to be told from another word. */
const longWords = [...asks].filter((word) => word.length >= 6 && !word.includes(' '));

/**
 * Whether a message asks to be left alone. `stop` suppresses its sender: one of the words alone, or in up to three words with nothing but
 * politeness beside it. `near_miss` does nothing by itself but deserves a look: the word in a longer message, with a negation, or misspelled.
 */
export function isStop(text: string): 'stop' | 'near_miss' | 'no' {
  // Nobody opts out in an essay; a cap keeps the work for each message small.
  const folded = fold(text.slice(0, 2000));
  if (folded === '') return 'no';
  if (asks.has(folded)) return 'stop';
  // Chinese parts no words, so its politeness hangs on the word itself.
  if (/\p{Script=Han}/u.test(folded) && asks.has(folded.replaceAll(' ', '').replaceAll(politeHan, ''))) return 'stop';
  const spoken = folded.split(' ');
  const joined = spoken.every((word) => word.length === 1) ? spoken.join('') : '';
  if (asks.has(joined)) return 'stop';
  if (spoken.length <= 3 && saysOnlyStop(spoken)) return 'stop';
  return mentions(folded, spoken) ? 'near_miss' : 'no';
}

/** The answer to a text that `isStop`: in the language of its first word that is an ask, and in English where that is not known. */
export function confirmationOf(text: string): string {
  const folded = fold(text.slice(0, 2000));
  const has = (ask: string) => ` ${folded} `.includes(` ${ask} `) || (/\p{Script=Han}/u.test(ask) && folded.includes(ask));
  const found = languages.find(({ asks: own }) => own.some(has));
  return confirmations[found?.language ?? 'en'];
}

/** One ask, and nothing else but politeness: "please stop", "STOP STOP", "stopp bitte danke". */
function saysOnlyStop(spoken: string[]): boolean {
  const rest = spoken.filter((word) => !beside.has(word));
  if (rest.length === 0) return false;
  return asks.has(rest.join(' ')) || rest.every((word) => asks.has(word) && !negations.has(word));
}

function mentions(folded: string, spoken: string[]): boolean {
  const padded = ` ${folded} `;
  if ([...asks].some((ask) => padded.includes(` ${ask} `))) return true;
  if (chinese.some((word) => word.length > 1 && folded.includes(word))) return true;
  const [word = ''] = spoken;
  return spoken.length === 1 && (isSlip(word, 'stop') || longWords.some((known) => isSlip(word, known)));
}

/** Two neighbours swapped, or in a long word one letter missing, added or wrong. */
function isSlip(word: string, known: string): boolean {
  if (word === known || Math.abs(word.length - known.length) > 1) return false;
  let start = 0;
  while (start < known.length && word[start] === known[start]) start += 1;
  let end = 0;
  while (end < known.length - start && end < word.length - start && word[word.length - 1 - end] === known[known.length - 1 - end]) end += 1;
  const [left, right] = [word.slice(start, word.length - end), known.slice(start, known.length - end)];
  const isSwap = left.length === 2 && right.length === 2 && left[0] === right[1] && left[1] === right[0];
  return isSwap || (known.length >= 6 && left.length <= 1 && right.length <= 1);
}

/** Lower case without accents, signs, emoji and drawn-out letters; words parted by one space. */
function fold(text: string): string {
  const plain = text
    .normalize('NFKD')
    .toLowerCase()
    // Latin and Cyrillic accents, Arabic vowel signs and the stretching line. Devanagari's signs are letters and stay.
    .replaceAll(/[\u0300-\u036f\u064b-\u065f\u0670\u0640]/g, '')
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replaceAll('ı', 'i')
    .replaceAll('ß', 'ss')
    .replaceAll('ى', 'ي')
    .normalize('NFC');
  return plain
    .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .replaceAll(/(\p{L})\1{2,}/gu, '$1')
    .trim();
}
