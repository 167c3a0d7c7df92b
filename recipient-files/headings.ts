import { foldName } from '#core/template-syntax.ts';

/** How columns are headed in lists that people send each other: English, Spanish, Portuguese, German, French, Italian, Russian, Indonesian, Turkish, Hindi, Arabic, Chinese. */
const headings = {
  phone:
    'phone|phone number|phone no|telephone|telephone number|tel|mobile|mobile phone|mobile number|cell|cell phone|cellphone|whatsapp|whatsapp number|number|msisdn|contact number|' +
    'telefono|teléfono|número de teléfono|movil|móvil|celular|telefone|telemóvel|telemovel|numero|número|telefon|telefonnummer|handy|handynummer|mobil|mobilnummer|mobiltelefon|rufnummer|' +
    'téléphone|numéro de téléphone|portable|mobile number|cellulare|numero di telefono|телефон|номер телефона|номер|мобильный|мобильный телефон|сотовый|nomor|nomor telepon|nomor hp|no hp|no telepon|telepon|hp|' +
    'telefon numarası|cep|cep telefonu|gsm|फ़ोन|फोन|मोबाइल|फ़ोन नंबर|मोबाइल नंबर|هاتف|رقم الهاتف|الهاتف|جوال|رقم الجوال|الجوال|موبايل|电话|電話|手机|手機|手机号|手机号码|手機號碼|电话号码|電話號碼',
  email:
    'email|e mail|mail|email address|e mail address|mail address|correo|correo electrónico|correo electronico|e mail adresse|email adresse|mailadresse|courriel|adresse email|adresse e mail|' +
    'adresse mail|posta|posta elettronica|indirizzo email|indirizzo e mail|эл почта|почта|электронная почта|емейл|имейл|surel|alamat email|e posta|eposta|e posta adresi|ईमेल|ई मेल|बريد|البريد|البريد الإلكتروني|الايميل|邮箱|郵箱|电子邮件|電子郵件|电邮|邮件',
  jid: 'jid|jabber|jabber id|xmpp|xmpp address',
  handle: 'handle|username|user name|telegram|telegram username|nick|nickname|usuario|benutzername|nutzername|utilisateur|ник|юзернейм|логин|用户名',
  name:
    'name|full name|fullname|contact|contact name|customer|customer name|recipient|nombre|nombre completo|nombre y apellidos|cliente|nome|nome completo|vollständiger name|kunde|empfänger|' +
    'nom|nom complet|client|destinataire|nominativo|имя|фио|клиент|получатель|nama|nama lengkap|pelanggan|ad soyad|adı soyadı|isim|müşteri|नाम|पूरा नाम|الاسم|اسم|الاسم الكامل|姓名|名字|客户|客戶',
  first_name:
    'first name|firstname|given name|forename|primer nombre|primeiro nome|vorname|rufname|prénom|prenom|nome proprio|nama depan|ad|adı|पहला नाम|الاسم الأول|名',
  last_name:
    'last name|lastname|surname|family name|apellido|apellidos|sobrenome|apelido|nachname|familienname|nom de famille|cognome|фамилия|nama belakang|soyad|soyadı|उपनाम|اسم العائلة|姓',
  zone: 'time zone|timezone|tz|zone|zona horaria|fuso horário|zeitzone|fuseau horaire|fuso orario|часовой пояс|zona waktu|saat dilimi|समय क्षेत्र|المنطقة الزمنية|时区|時區',
} as const;
export type Meaning = keyof typeof headings;

const meanings = new Map(
  Object.entries(headings).flatMap(([meaning, list]) => list.split('|').map((heading) => [foldName(heading), meaning as Meaning] as const)), // The keys of `headings`.
);

/** What a heading says about its column, whatever its case and signs; null for a merge field. */
export function meaningOf(heading: string): Meaning | null {
  return meanings.get(foldName(heading)) ?? null;
}
