import { className } from './class-name.ts';
import type { Dialect, NodeName, Spec } from './dom-table.ts';
import { specOf } from './dom-table.ts';

type Data = Record<string, string | number | undefined>;

const svgTags = new Set(['svg', 'path', 'title']);
const { dialect, salt = '' } = document.documentElement.dataset;

/** Makes the node of this name as the table says, with `children` where the table has its slot (or at the end). */
export function node(name: NodeName, data: Data = {}, children: (Node | null)[] = []): HTMLElement {
  // The page sets one of the four names on <html>; an unknown one falls back to the newest column.
  const spec = specOf(name, dialect as Dialect);
  const { element, slot } = build(spec, data);
  (slot ?? element).append(...children.filter((child) => child !== null));
  return element;
}

function build(spec: Spec, data: Data): { element: HTMLElement; slot: Element | null } {
  const isSvg = svgTags.has(spec.tag);
  // SVG nodes are only ever appended and filled with text, which every Element can do.
  const element = (isSvg ? document.createElementNS('http://www.w3.org/2000/svg', spec.tag) : document.createElement(spec.tag)) as HTMLElement;
  if (spec.class) setClasses(element, fill(spec.class, data) ?? '');
  for (const [attribute, template] of Object.entries(spec.attrs ?? {})) {
    const value = template === undefined ? undefined : fill(template, data);
    if (value !== undefined) element.setAttribute(attribute, value);
  }
  if (spec.text !== undefined) element.textContent = fill(spec.text, data) ?? '';
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

/** Undefined when one of the names in the template has no datum. */
function fill(template: string, data: Data): string | undefined {
  let isComplete = true;
  const filled = template.replace(/\{(\w+)\}/g, (_whole, key: string) => {
    if (data[key] === undefined) isComplete = false;
    return String(data[key] ?? '');
  });
  return isComplete || template.includes(' ') ? filled : undefined;
}

function setClasses(element: Element, names: string): void {
  const words = names.split(' ').filter(Boolean);
  element.setAttribute('class', words.map((word) => (word.startsWith('_') ? className(word.slice(1), salt) : word)).join(' '));
}

/** What a reader finds in a node made by `node`, by the name of its part's attribute. Throws when the table has lost it. */
export function inside<T extends Element = HTMLElement>(element: ParentNode, selector: string): T {
  const found = element.querySelector<T>(selector);
  if (!found) throw new Error(`The table has no ${selector} in <${element.nodeName}>`);
  return found;
}
