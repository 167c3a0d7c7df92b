/** A mail again and again, each time with one line or one part of it missing, cut off at some place, or with another ending of its lines. */
export function wrongedMails(mail: Buffer): Buffer[] {
  const text = mail.toString('latin1');
  const lines = text.split('\n');
  const withoutLine = lines.map((_, at) => [...lines.slice(0, at), ...lines.slice(at + 1)].join('\n'));
  const paragraphs = text.split(/\n\s*\n/);
  const withoutPart = paragraphs.map((_, at) => [...paragraphs.slice(0, at), ...paragraphs.slice(at + 1)].join('\n\n'));
  const cut = Array.from({ length: 40 }, (_, at) => text.slice(0, Math.floor((text.length * at) / 40)));
  const endings = [text.replaceAll('\n', '\r\n'), text.replaceAll('\n', '\r'), text.replaceAll('\n', ' ')];
  return [...withoutLine, ...withoutPart, ...cut, ...endings].map((one) => Buffer.from(one, 'latin1'));
}
