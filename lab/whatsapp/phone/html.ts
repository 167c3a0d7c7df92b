type Props = { class?: string; text?: string; press?: () => void; attrs?: Record<string, string> };

/** A node of the phone page. */
export function html<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, children: (Node | null)[] = []): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (props.class) element.className = props.class;
  if (props.text !== undefined) element.textContent = props.text;
  if (props.press) element.addEventListener('click', props.press);
  for (const [name, value] of Object.entries(props.attrs ?? {})) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

export function timeOf(at: number): string {
  return new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' }).format(at);
}

export function dayAndTimeOf(at: number): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(at);
}
