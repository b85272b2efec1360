import * as fs from "node:fs";
import * as path from "node:path";
import ts from "typescript";
import { between } from "./between";

/** Where the library's types are written down, in the order of the reference. */
const ARGUMENTS = [
  ["infra/config/args.ts", "TenantFrontArgs"],
  ["core/tenant/entry.ts", "TenantSettings"],
  ["infra/config/ca-list.ts", "CaDescription"],
  ["infra/fronts/size.ts", "FrontSize"],
  ["infra/network/network.ts", "ExistingNetwork"],
  ["infra/alarms/target.ts", "AlarmTarget"],
] as const;
const COMPONENT = ["infra/tenant-front.ts", "TenantFront"] as const;

export interface Member {
  readonly name: string;
  readonly type: string;
  readonly optional: boolean;
  /** The doc comment's text; empty where there is none. */
  readonly meaning: string;
  /** Its `@example`, as it would stand in a program. */
  readonly example: string | undefined;
}

export interface Documented {
  readonly name: string;
  readonly meaning: string;
  readonly members: readonly Member[];
}

/** Every argument that a program can give, by the interface that has it. */
export function libraryArguments(root: string): Documented[] {
  return ARGUMENTS.map(([file, name]) => documented(root, file, name));
}

/** The library's reference as Markdown, from the doc comments alone. */
export function libraryReference(root: string): string {
  const { meaning, members } = documented(root, ...COMPONENT);
  return [
    "### TenantFront",
    meaning,
    table(
      ["output", "type", "meaning"],
      members.map(({ name, type, meaning: what }) => [code(name), code(type), what]),
    ),
    ...libraryArguments(root).flatMap((one) => [`### ${one.name}`, one.meaning, argumentTable(one.members)]),
  ].join("\n\n");
}

/** Puts it into docs/library.md. @throws Error when the page has no markers */
export function withLibraryReference(page: string, root: string): string {
  return between(page, "<!-- library: npm run docs -->", "<!-- end of library -->", libraryReference(root));
}

function argumentTable(members: readonly Member[]): string {
  return table(
    ["argument", "type", "meaning", "example"],
    members.map(({ name, type, optional, meaning, example }) => [
      optional ? code(name) : `**${code(name)}**`,
      code(type),
      meaning,
      code(example ?? ""),
    ]),
  );
}

function documented(root: string, file: string, name: string): Documented {
  const source = ts.createSourceFile(
    file,
    fs.readFileSync(path.join(root, file), "utf8"),
    ts.ScriptTarget.ES2023,
    true,
  );
  const found = source.statements.find(
    (one): one is ts.InterfaceDeclaration | ts.ClassDeclaration =>
      (ts.isInterfaceDeclaration(one) || ts.isClassDeclaration(one)) && one.name?.text === name,
  );
  if (found === undefined) throw new Error(`${file} has no ${name}`);
  const members = [...found.members].filter(
    (one): one is ts.PropertySignature | ts.PropertyDeclaration =>
      ts.isPropertySignature(one) || ts.isPropertyDeclaration(one),
  );
  return {
    name,
    meaning: commentOf(found).text,
    members: members.map((one) => {
      const { text, example } = commentOf(one);
      return {
        name: one.name.getText(),
        type: (one.type?.getText() ?? "").replace(/readonly |pulumi\./g, "").replace(/\s+/g, " "),
        optional: one.questionToken !== undefined,
        meaning: text,
        example,
      };
    }),
  };
}

function commentOf(node: ts.Node): { text: string; example: string | undefined } {
  const comments = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const own = comments.at(-1);
  const tags = own?.tags ?? [];
  const textOf = (comment: ts.JSDoc | ts.JSDocTag | undefined) =>
    (ts.getTextOfJSDocComment(comment?.comment) ?? "").replace(/\s+/g, " ").trim();
  const thrown = tags.filter((tag) => tag.tagName.text === "throws").map((tag) => `Throws ${textOf(tag)}.`);
  const example = tags.find((tag) => tag.tagName.text === "example");
  return {
    text: [textOf(own), ...thrown].filter((text) => text !== "").join(" "),
    example: example && textOf(example),
  };
}

const code = (text: string): string => (text === "" ? "" : `\`${text.replaceAll("|", "\\|")}\``);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
