import Handlebars from 'handlebars';

/** The same mails for both legs: a shop's newsletter of usual size, as text and as a page of a dozen offers, with the person's name in it. */
const sentence = 'Our autumn sale starts on Friday in every shop and online, with a tenth off for everybody who has bought from us before.';
const offer = (nth: number) =>
  `<tr><td><a href="https://shop.example/offers/${nth}"><img src="https://shop.example/pictures/${nth}.jpg" width="120" height="80" alt="Offer ${nth}"></a></td>` +
  `<td style="font:15px/1.4 sans-serif;color:#333"><strong>Offer ${nth}</strong><br>${sentence}</td></tr>`;

export const template = {
  subject: 'Autumn sale, {{name}}',
  body: `Hello {{name}},\n\n${sentence} ${sentence} ${sentence}\n\nReply STOP to hear no more from us.`,
  html:
    `<html><body><p>Hello {{name}},</p><table>${Array.from({ length: 12 }, (_, nth) => offer(nth + 1)).join('')}</table>` +
    '<p>Reply STOP to hear no more from us.</p></body></html>',
};

export const personOf = (nth: number) => ({ name: `Person ${nth}`, address: `person${nth}@example.org` });

const compiled = {
  subject: Handlebars.compile(template.subject, { noEscape: true }),
  text: Handlebars.compile(template.body, { noEscape: true }),
  html: Handlebars.compile(template.html),
};

/** Rendered for each person, as any script that writes to people by name has to. */
export function textsOf(nth: number): { subject: string; text: string; html: string } {
  const { name } = personOf(nth);
  return { subject: compiled.subject({ name }), text: compiled.text({ name }), html: compiled.html({ name }) };
}
