import { className } from '#lab/messenger/page/class-name.ts';

/**
 * What the table of a messenger's page says of one node. In attributes and texts `{name}` is filled from the data of the node; an attribute
 * whose datum is missing is left out. `class` names that begin with `_` only carry style and are hashed per start.
 */
export type Spec = { tag: string; class?: string; attrs?: Record<string, string | undefined>; text?: string; inside?: (Spec | 'slot')[] };
export type Data = Record<string, string | number | undefined>;
export type Children = (Node | string | null)[];

const svgTags = new Set(['svg', 'path', 'title']);
const { salt = '' } = document.documentElement.dataset;
const slots = new WeakMap<Element, Element>();

/** Makes the node as the table says, with `children` where the table has its slot (or at the end). */
export function make(spec: Spec, data: Data, children: Children): HTMLElement {
  const { element, slot } = build(spec, data);
  slots.set(element, slot ?? element);
  slotOf(element).append(...children.filter((child) => child !== null));
  return element;
}

/** Puts other children into the slot of a node. */
export function refill(element: Element, children: Children): void {
  slotOf(element).replaceChildren(...children.filter((child) => child !== null));
}

export const slotOf = (element: Element): Element => slots.get(element) ?? element;

function build(spec: Spec, data: Data): { element: HTMLElement; slot: Element | null } {
  const isSvg = svgTags.has(spec.tag);
  // SVG nodes are only ever appended, filled with text and given attributes, which every Element can do.
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

/** Undefined when one of the names in the template has no datum; a text of several words just lacks it. */
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
  return words.map((word) => (word.startsWith('_') ? className(word.slice(1), salt) : word)).join(' ');
}

/** What a reader finds in a node made from the table, or the node itself. Throws when the table has lost it. */
export function part<T extends Element = HTMLElement>(element: Element | Document, selector: string): T {
  // A selector that fits names an element of the kind that the caller asks for, as in querySelector<T>.
  const found = element instanceof Element && element.matches(selector) ? (element as unknown as T) : element.querySelector<T>(selector);
  if (!found) throw new Error(`The table has no ${selector} in <${element.nodeName}>`);
  return found;
}
