import type { Intent } from './automation.ts';

/** Words and beginnings of words (`…`) that people use to say what they want, in the languages that Patchbay's users write most. */
const words: Record<Exclude<Intent, 'question'>, Record<string, string>> = {
  greeting: {
    en: 'hello|hi|hey|good morning|good afternoon|good evening',
    de: 'hallo|guten tag|guten morgen|guten abend|moin|servus',
    ru: 'привет|здравствуй|здравствуйте|добрый день|добрый вечер|доброе утро',
    es: 'hola|buenos dias|buenas tardes|buenas noches',
    fr: 'bonjour|bonsoir|salut|coucou',
    it: 'ciao|buongiorno|buonasera',
    pt: 'ola|bom dia|boa tarde|boa noite',
    tr: 'merhaba|selam|gunaydin',
  },
  thanks: {
    en: 'thanks|thank you|thx',
    de: 'danke|dankeschon|vielen dank',
    ru: 'спасибо|благодарю',
    es: 'gracias',
    fr: 'merci',
    it: 'grazie',
    pt: 'obrigado|obrigada',
    tr: 'tesekkurler|tesekkur ederim',
  },
  price: {
    en: 'price…|how much|cost…|discount…|quote',
    de: 'preis…|was kostet|wie teuer|kosten|rabatt…',
    ru: 'цена|цены|цену|стоит|стоимост…|почем|скидк…',
    es: 'precio…|cuanto cuesta|cuanto vale|descuento…',
    fr: 'prix|combien|tarif…|remise…',
    it: 'prezz…|quanto costa|sconto|sconti',
    pt: 'preco…|quanto custa|desconto…',
    tr: 'fiyat…|ne kadar|indirim',
  },
  hours: {
    en: 'opening hours|open today|when do you open|when do you close|are you open|working hours',
    de: 'offnungszeiten|wann offnen|geoffnet|wann schliessen',
    ru: 'часы работы|режим работы|вы работаете|вы открыты|до скольки|во сколько откры…',
    es: 'horario…|a que hora abren|estan abiertos|abierto hoy',
    fr: 'horaire…|ouvert aujourd hui|vous ouvrez|heures d ouverture',
    it: 'orari|a che ora aprite|siete aperti',
    pt: 'horario…|que horas abre|estao abertos',
    tr: 'calisma saat…|kacta aciliyor|acik misiniz',
  },
  delivery: {
    en: 'deliver…|shipping|shipment|my parcel|my order|tracking',
    de: 'liefer…|versand…|mein paket|meine bestellung|sendung…',
    ru: 'доставк…|доставите|мой заказ|моя посылка|посылк…|трек номер',
    es: 'envio…|entrega…|mi pedido|mi paquete',
    fr: 'livraison…|livrer|ma commande|mon colis',
    it: 'spedizion…|consegn…|il mio ordine|il mio pacco',
    pt: 'entrega…|envio…|meu pedido|minha encomenda',
    tr: 'kargo…|teslimat…|siparisim',
  },
  complaint: {
    en: 'complaint|complain|broken|damaged|refund…|does not work|doesn t work|terrible|scam',
    de: 'beschwer…|reklamation…|kaputt|defekt|ruckerstattung|geld zuruck|funktioniert nicht|betrug',
    ru: 'жалоб…|сломан…|сломал…|не работает|верните деньги|возврат…|обман…|ужасн…',
    es: 'queja…|reclamo…|roto|rota|danado|reembolso…|no funciona|estafa',
    fr: 'plainte|reclamation|casse|cassee|endommage…|remboursement|ne marche pas|ne fonctionne pas|arnaque',
    it: 'reclamo|rotto|rotta|rimborso|non funziona|truffa',
    pt: 'reclamac…|quebrado|quebrada|reembolso|nao funciona|golpe',
    tr: 'sikayet…|bozuk|iade|calismiyor|dolandir…',
  },
  person: {
    en: 'human|a person|real person|operator|agent|talk to someone|speak to someone',
    de: 'mit einem menschen|mitarbeiter|jemanden sprechen|echte person',
    ru: 'оператор…|с человеком|живой человек|живым человеком|менеджер…|позовите',
    es: 'una persona|agente|humano|operador',
    fr: 'un humain|une personne|un conseiller|operateur',
    it: 'una persona|operatore|umano',
    pt: 'uma pessoa|atendente|humano|operador',
    tr: 'bir insan|musteri temsilcisi|yetkili',
  },
};
const questionWords =
  'how|what|when|where|why|which|who|can you|do you|is there|wie|was|wann|wo|warum|welche…|konnen sie|как|что|когда|где|почему|сколько|какой|какая|можно ли|есть ли|como|que|cuando|donde|por que|cuanto|comment|quand|ou est|pourquoi|combien|est ce que|come|quando|dove|perche|quanto|nasil|ne zaman|nerede|neden';

type Phrase = { text: string; isBeginning: boolean };
const phrasesOf = (line: string): Phrase[] => line.split('|').map((word) => ({ text: foldText(word), isBeginning: word.endsWith('…') }));
const byIntent = Object.entries(words).map(([intent, lines]) => ({
  intent: intent as Intent, // Object.entries widens the names of a constant to string.
  lines: Object.entries(lines).map(([language, line]) => ({ language, phrases: phrasesOf(line) })),
}));
const questions = phrasesOf(questionWords);

/** Lower case without accents and signs; words parted by one space. */
export function foldText(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[\u0300-\u036f]/g, '')
    .replaceAll('ı', 'i')
    .replaceAll('ß', 'ss')
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();
}

/** Whether a word or some words stand in a folded text. Scripts that part no words are looked through letter by letter. */
export function standsIn(folded: string, text: string, { isBeginning = false } = {}): boolean {
  if (text === '') return false;
  if (/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(text)) return folded.includes(text);
  return ` ${folded} `.includes(isBeginning ? ` ${text}` : ` ${text} `);
}

/** What a text seems to want, and the language of the words that say so, where only one has them. */
export function readIntents(text: string): { intents: Intent[]; language: string | null } {
  const folded = foldText(text);
  const has = (phrase: Phrase) => standsIn(folded, phrase.text, phrase);
  const found = byIntent.flatMap(({ intent, lines }) => {
    const spoken = lines.filter((line) => line.phrases.some(has)).map((line) => line.language);
    return spoken.length === 0 ? [] : [{ intent, spoken }];
  });
  const isQuestion = /[?？؟]/u.test(text) || questions.some((phrase) => ` ${folded} `.startsWith(` ${phrase.text}${phrase.isBeginning ? '' : ' '}`));
  const spoken = [...new Set(found.flatMap((one) => one.spoken))];
  const [only = null] = spoken.length === 1 ? spoken : [];
  return { intents: [...found.map((one) => one.intent), ...(isQuestion ? ['question' as const] : [])], language: only };
}
