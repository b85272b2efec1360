import { h, link } from "./dom";

/** The Markdown that alarm descriptions and dashboard texts use: headings, paragraphs, lists, bold, code, links as their text, and addresses. */
export function markdown(source: string): HTMLElement[] {
  return source
    .replace(/^(#{1,6} .*)$/gm, "\n$1\n")
    .split(/\n{2,}/)
    .map((block) => block.trim())
    .filter((block) => block !== "")
    .map(block);
}

function block(text: string): HTMLElement {
  const lines = text.split("\n");
  if (lines.every((line) => /^[-*] /.test(line)))
    return h("ul", {}, ...lines.map((line) => h("li", {}, ...inline(line.slice(2)))));
  const heading = /^#{1,6} (.*)$/.exec(text);
  return heading ? h("h3", {}, ...inline(heading[1] ?? "")) : h("p", {}, ...inline(text));
}

function inline(text: string): (Node | string)[] {
  return text.split(/(\*\*[^*]+\*\*|`[^`]+`|\[[^\]]+\]\([^)]*\)|https:\/\/[^\s)]+)/).map((part) => {
    if (part.startsWith("**") && part.length > 4) return h("strong", {}, part.slice(2, -2));
    if (part.startsWith("`") && part.length > 2) return h("code", {}, part.slice(1, -1));
    if (part.startsWith("https://")) return link(part, part);
    return /^\[([^\]]+)\]\([^)]*\)$/.exec(part)?.[1] ?? part;
  });
}
