/** An element of an answer of AWS' Query APIs. */
export interface Element {
  readonly name: string;
  readonly children: Element[];
  /** Text outside of children. */
  text: string;
}

const TOKEN = /<\?[^>]*\?>|<!--[\s\S]*?-->|<(\/?)([\w:.-]+)[^>]*?(\/?)>|([^<]+)/g;
const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** Elements and text, as EC2, STS and IAM answer; no attributes, no CDATA. */
export function parseXml(text: string): Element {
  const root: Element = { name: "", children: [], text: "" };
  const open = [root];
  for (const [, closing, name, empty, words] of text.matchAll(TOKEN)) {
    const here = open.at(-1) ?? root;
    if (words !== undefined) here.text += words.replace(/&(\w+);/g, (all, entity) => ENTITIES[entity] ?? all);
    else if (name !== undefined && closing) {
      if (open.length > 1) open.pop();
    } else if (name !== undefined) {
      const element: Element = { name, children: [], text: "" };
      here.children.push(element);
      if (!empty) open.push(element);
    }
  }
  return root;
}

/** All elements of this name, however deep; not those inside another of the same name. */
export function all(element: Element, name: string): Element[] {
  return element.children.flatMap((child) => (child.name === name ? [child] : all(child, name)));
}

/** The texts of all elements of this name. */
export function texts(element: Element, name: string): string[] {
  return all(element, name).map(({ text }) => text.trim());
}

/** The text of a child. */
export function childText(element: Element, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text.trim();
}
