/** An element of an XMPP stanza. Over WebSocket every frame is one whole element, without comments, CDATA or processing instructions. */
export interface XmlElement {
  name: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  text: string;
}

const tag = /<(\/?)([^\s/>]+)((?:\s+[^\s=>]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|([^<]+)/g;
const attribute = /([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

export function parseXml(source: string): XmlElement {
  const root: XmlElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  for (const [, closing, name, attributes = '', alone, text] of source.matchAll(tag)) {
    const parent = open.at(-1) ?? root;
    if (text !== undefined) parent.text += unescapeXml(text);
    else if (closing) open.pop();
    else {
      const element: XmlElement = { name: name ?? '', attributes: readAttributes(attributes), children: [], text: '' };
      parent.children.push(element);
      if (!alone) open.push(element);
    }
  }
  const [element] = root.children;
  if (!element || open.length !== 1) throw new Error(`not one whole element: ${source.slice(0, 80)}`);
  return element;
}

export function child(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((one) => one.name === name);
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => escapes[letter] ?? letter);
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    return entities[name ?? ''] ?? whole;
  });
}

function readAttributes(source: string): Record<string, string> {
  const read = [...source.matchAll(attribute)].map(([, name = '', double, single]) => [name, unescapeXml(double ?? single ?? '')]);
  return Object.fromEntries(read);
}
