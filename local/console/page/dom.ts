type Child = Node | string | undefined | false;
type Attributes = Readonly<Record<string, string | boolean | undefined>>;

/** An element with its attributes and children. Text becomes text nodes, never markup: what a stranger wrote stays text. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill<T extends Element>(element: T, attributes: Attributes, children: readonly Child[]): T {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children) if (child !== undefined && child !== false) element.append(child);
  return element;
}

/** A link that leads away: the page stays, and the other learns nothing of it. */
export function link(text: string, href: string): HTMLAnchorElement {
  return h("a", { href, target: "_blank", rel: "noreferrer" }, text);
}

/** An element of index.html. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`index.html has no ${type.name} with the id ${id}`);
  return element;
}

/** Sets text only when it changed, so that a selection and a screen reader's place survive. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

interface Kept {
  readonly json: string;
  readonly node: HTMLElement;
}

const lists = new WeakMap<Element, Map<string, Kept>>();

/**
 * Makes `parent` hold one element for each item, in order. Elements whose item did not change are left as they are; one that is rebuilt
 * keeps its focus and its open <details>.
 */
export function renderList<T>(
  parent: Element,
  items: readonly T[],
  keyOf: (item: T) => string,
  build: (item: T) => HTMLElement,
): void {
  const before = lists.get(parent) ?? new Map<string, Kept>();
  const after = new Map<string, Kept>();
  for (const item of items) {
    const key = keyOf(item);
    const json = JSON.stringify(item);
    const kept = before.get(key);
    after.set(key, kept?.json === json ? kept : { json, node: rebuilt(kept?.node, build(item)) });
  }
  lists.set(parent, after);
  const focused = focusMark(parent);
  const nodes = [...after.values()].map(({ node }) => node);
  for (const child of [...parent.children]) if (!nodes.includes(child as HTMLElement)) child.remove();
  nodes.forEach((node, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
  });
  if (focused && document.activeElement !== focused.element) restoreFocus(parent, focused.mark);
}

function rebuilt(old: HTMLElement | undefined, fresh: HTMLElement): HTMLElement {
  const open = old?.querySelector("details")?.open;
  const details = fresh.querySelector("details");
  if (open !== undefined && details) details.open = open;
  return fresh;
}

/** Focusable elements that lists build carry `data-focus`, unique in the list. */
function focusMark(parent: Element): { element: Element; mark: string } | undefined {
  const element = document.activeElement;
  const mark = element instanceof HTMLElement && parent.contains(element) ? element.dataset.focus : undefined;
  return element && mark !== undefined ? { element, mark } : undefined;
}

function restoreFocus(parent: Element, mark: string): void {
  for (const element of parent.querySelectorAll<HTMLElement>("[data-focus]"))
    if (element.dataset.focus === mark) element.focus({ preventScroll: true });
}
