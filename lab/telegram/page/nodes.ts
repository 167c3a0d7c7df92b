import { className } from '#lab/whatsapp/page/class-name.ts';
import { type NodeName, type Spec, specOf } from './dom-table.ts';

export type Data = Record<string, string | number | undefined>;

const svgTags = new Set(['svg', 'path']);
const { dataset } = document.documentElement;
export const dialect = dataset.dialect === 'k' ? 'k' : 'a';
const slots = new WeakMap<Element, Element>();

/** Makes the node of this name as the table says, with `children` where the table has its slot (or at the end). */
export function node(name: NodeName, data: Data = {}, children: (Node | string | null)[] = []): HTMLElement {
  const { element, slot } = build(specOf(name, dialect), data);
  slots.set(element, slot ?? element);
  fill(element, children);
  return element;
}

/** Puts other children into the slot of a node. */
export function refill(element: Element, children: (Node | string | null)[]): void {
  slotOf(element).replaceChildren(...children.filter((child) => child !== null));
}

export const slotOf = (element: Element): Element => slots.get(element) ?? element;

function fill(element: Element, children: (Node | string | null)[]): void {
  slotOf(element).append(...children.filter((child) => child !== null));
}

function build(spec: Spec, data: Data): { element: HTMLElement; slot: Element | null } {
  const isSvg = svgTags.has(spec.tag);
  // SVG nodes are only ever appended and given attributes, which every Element can do.
  const element = (isSvg ? document.createElementNS('http://www.w3.org/2000/svg', spec.tag) : document.createElement(spec.tag)) as HTMLElement;
  if (spec.class) element.setAttribute('class', classesOf(written(spec.class, data) ?? ''));
  for (const [attribute, template] of Object.entries(spec.attrs ?? {})) {
    const value = template === undefined ? undefined : written(template, data);
    if (value !== undefined) element.setAttribute(attribute, value);
  }
  if (spec.text !== undefined) element.textContent = written(spec.text, data) ?? '';
  let slot: Element | null = null;
  for (const inner of spec.inside ?? []) {
    if (inner === 'slot') {
      slot = element;
      continue;
    }
    const built = build(inner, data);
    element.append(built.element);
    slot ??= built.slot;
  }
  return { element, slot };
}

/** Undefined when one of the names in the template has no datum; a list of classes just lacks it. */
function written(template: string, data: Data): string | undefined {
  let isComplete = true;
  const filled = template.replace(/\{(\w+)\}/g, (_whole, key: string) => {
    if (data[key] === undefined) isComplete = false;
    return String(data[key] ?? '');
  });
  return isComplete || template.includes(' ') ? filled : undefined;
}

function classesOf(names: string): string {
  const words = names.split(' ').filter(Boolean);
  return words.map((word) => (word.startsWith('_') ? className(word.slice(1), dataset.salt ?? '') : word)).join(' ');
}

/** What a reader finds in a node made by `node`. Throws when the table has lost it. */
export function part<T extends Element = HTMLElement>(element: Element, selector: string): T {
  const found = element.matches(selector) ? (element as unknown as T) : element.querySelector<T>(selector);
  if (!found) throw new Error(`The table has no ${selector} in <${element.nodeName}>`);
  return found;
}
