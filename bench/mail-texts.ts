/** The same mails for both legs. */
const sentence = 'Our autumn sale starts on Friday in every shop and online, with a tenth off for everybody who has bought from us before.';

export const template = {
  subject: 'Autumn sale, {{name}}',
  body: `Hello {{name}},\n\n${sentence} ${sentence} ${sentence}\n\nReply STOP to hear no more from us.`,
};

export const personOf = (nth: number) => ({ name: `Person ${nth}`, address: `person${nth}@example.org` });

export function textsOf(nth: number): { subject: string; text: string } {
  const { name } = personOf(nth);
  return { subject: template.subject.replaceAll('{{name}}', name), text: template.body.replaceAll('{{name}}', name) };
}
