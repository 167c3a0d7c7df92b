import fc from 'fast-check';
import { expect, test } from 'vitest';
import { confirmationOf, isStop } from './stop-words.ts';

test.each([
  ['English', ['STOP', 'stop.', 'Stop please', 'please stop now', 'UNSUBSCRIBE', 'opt-out', 'Opt Out', 'Cancel', 'END', 'stop texting me']],
  ['Spanish', ['BAJA', 'Baja por favor', 'Cancelar suscripción', 'no más mensajes', '¡Basta!']],
  ['Portuguese', ['SAIR', 'Cancelar', 'não quero mais', 'pare, obrigada']],
  ['German', ['Stopp', 'STOPP bitte', 'abmelden', 'aufhören', 'Kündigen!', 'keine Nachrichten mehr']],
  ['French', ['ARRÊT', 'arrêtez svp', 'Désabonner', 'ne m’écrivez plus', 'désinscription']],
  ['Italian', ['BASTA', 'smettila', 'Cancellami per favore', 'non scrivermi più']],
  ['Russian', ['СТОП', 'Стоп, пожалуйста', 'отписаться', 'Не пишите мне больше!', 'хватит']],
  ['Indonesian', ['BERHENTI', 'tolong hentikan', 'batal langganan']],
  ['Turkish', ['DUR', 'İPTAL', 'iptal lütfen', 'RET', 'Abonelikten çık']],
  ['Hindi', ['रोकें', 'बंद करो', 'कृपया रोको', 'स्टॉप']],
  ['Arabic', ['توقف', 'إيقاف', 'إلغاء الاشتراك', 'تَوَقَّف', 'قف من فضلك']],
  ['Chinese', ['退订', '退訂！', '停止', 'TD', '请 停止', '不要再发了']],
])('a person asks in %s to be left alone', (_language, messages) => {
  expect(messages.filter((message) => isStop(message) !== 'stop')).toEqual([]);
});

test('case, accents, signs, emoji and drawn-out or spaced letters do not hide it', () => {
  for (const message of [
    'sToP!!!',
    '🛑 STOP 🛑',
    'S T O P',
    's.t.o.p',
    'stoooop',
    '  stop\n',
    'STOP STOP STOP',
    'ｓｔｏｐ',
    '*stop*',
    'st\u200bop',
    'arret',
  ])
    expect([message, isStop(message)]).toEqual([message, 'stop']);
});

test('saying not to stop suppresses nobody, and a person may look', () => {
  for (const message of ["don't stop", 'Don’t stop!', 'do not stop', 'never stop', 'не стоп', 'nicht abmelden', 'no basta'])
    expect([message, isStop(message)]).toEqual([message, 'near_miss']);
});

test('the word in another sentence is only a near miss', () => {
  for (const message of [
    'please stop by tomorrow',
    'bus stop',
    'Where is the next stop?',
    'I want to cancel my order',
    'Wann ist Schluss bei euch heute',
    '我想取消明天的预约',
  ])
    expect([message, isStop(message)]).toEqual([message, 'near_miss']);
});

test('a word that only begins like one of them, or holds one inside, is another word', () => {
  for (const message of [
    ...['stopwatch', 'Stoppuhr', 'bajada', 'parade', 'retour', 'durum', 'cancelado', 'berhentilah di sini'],
    ...['стопка', 'отменно', 'توقفت الحافلة', 'बंदर', 'रोकड़', '停车场在哪里', '停电了', '暂停一下', '不要停'],
  ])
    expect([message, isStop(message)]).toEqual([message, 'no']);
});

test('politeness is heard where words are not parted, and in other scripts', () => {
  for (const message of ['请停止', '退订谢谢', '請退訂！', '请不要再发了，谢谢', 'توقف لو سمحت', 'कृपया बंद करें', 'пожалуйста, стоп'])
    expect([message, isStop(message)]).toEqual([message, 'stop']);
  for (const message of ['उन्हें बंद करो', 'baja el precio', 'dur bakalım', 'cancelar o pedido', 'chega amanhã', '取消关注了吗'])
    expect([message, isStop(message)]).toEqual([message, 'near_miss']);
});

test('a slip of the finger is a near miss, another word is not', () => {
  for (const message of ['stpo', 'sotp', 'unsubcribe', 'unsubscribee', 'abmeldne'])
    expect([message, isStop(message)]).toEqual([message, 'near_miss']);
  for (const message of ['shop', 'step', 'top', 'spot on', 'canal', 'batak']) expect([message, isStop(message)]).toEqual([message, 'no']);
});

test('ordinary answers are none', () => {
  for (const message of ['', ' ', '👍', 'ok', 'please', 'thank you', 'yes', 'Danke, bis morgen', 'да', '好的', 'شكرا', 'ठीक है', 'no', '1', 'T'])
    expect([message, isStop(message)]).toEqual([message, 'no']);
});

test('any message gets an answer, and one that suppresses is short', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (message) => {
      expect(['stop', 'near_miss', 'no']).toContain(isStop(message));
    }),
  );
  expect(isStop(`${'very '.repeat(500)}stop`)).toBe('no');
});

test('a stop is answered in its own language, in English where a word is of none', () => {
  const answers = ['STOP', 'Baja por favor', 'bitte abmelden', 'стоп!', '退订谢谢', 'कृपया रोको', 'S T O P'].map(confirmationOf);
  const starts = ['You will', 'No recibirá', 'Sie erhalten', 'Мы больше', '我们', 'अब हम', 'You will'];
  expect(answers.filter((answer, at) => !answer.startsWith(starts[at] ?? '-'))).toEqual([]);
});
