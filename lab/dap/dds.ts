import { ATOMIC, type Atomic, type Declaration, type Dimension } from "./variable";

/** The DDS of these declarations, as Dataset `name`. */
export function printDds(name: string, declarations: readonly Declaration[]): string {
  return `Dataset {\n${declarations.map((one) => print(one, "    ")).join("")}} ${name};\n`;
}

const KEYWORD = { structure: "Structure", sequence: "Sequence", grid: "Grid" } as const;

function print(declaration: Declaration, indent: string): string {
  const { name, dimensions } = declaration;
  const named = `${name}${dimensions.map(printDimension).join("")};\n`;
  if (declaration.kind === "atom") return `${indent}${declaration.type} ${named}`;
  const members = declaration.members.map((member) => print(member, `${indent}    `));
  const inside =
    declaration.kind === "grid"
      ? `${indent} ARRAY:\n${members[0]}${indent} MAPS:\n${members.slice(1).join("")}`
      : members.join("");
  return `${indent}${KEYWORD[declaration.kind]} {\n${inside}${indent}} ${named}`;
}

function printDimension({ name, size }: Dimension): string {
  return name === "" ? `[${size}]` : `[${name} = ${size}]`;
}

/** Reads a DDS. @throws SyntaxError that says what was expected */
export function parseDds(text: string): { readonly name: string; readonly declarations: Declaration[] } {
  const tokens = new Tokens(text);
  tokens.expect("dataset");
  tokens.expect("{");
  const declarations = parseMembers(tokens);
  return { name: tokens.name(), declarations };
}

/** Up to and with the closing brace. */
function parseMembers(tokens: Tokens): Declaration[] {
  const members: Declaration[] = [];
  while (!tokens.skip("}")) members.push(parseDeclaration(tokens));
  return members;
}

function parseDeclaration(tokens: Tokens): Declaration {
  const word = tokens.next();
  const kind = word.toLowerCase();
  if (kind === "structure" || kind === "sequence" || kind === "grid") {
    tokens.expect("{");
    const members = kind === "grid" ? parseGrid(tokens) : parseMembers(tokens);
    return { kind, members, name: tokens.name(), dimensions: parseDimensions(tokens) };
  }
  const type = ATOMIC.find((atomic) => atomic.toLowerCase() === kind);
  if (type === undefined) throw new SyntaxError(`${word} is no DAP2 type`);
  return parseAtom(type, tokens);
}

function parseAtom(type: Atomic, tokens: Tokens): Declaration {
  return { kind: "atom", type, name: tokens.name(), dimensions: parseDimensions(tokens) };
}

function parseGrid(tokens: Tokens): Declaration[] {
  tokens.expect("array");
  tokens.expect(":");
  const array = parseDeclaration(tokens);
  tokens.expect("maps");
  tokens.expect(":");
  return [array, ...parseMembers(tokens)];
}

/** Up to and with the semicolon. */
function parseDimensions(tokens: Tokens): Dimension[] {
  const dimensions: Dimension[] = [];
  while (tokens.skip("[")) {
    const first = tokens.next();
    const size = tokens.skip("=") ? tokens.next() : undefined;
    dimensions.push({ name: size === undefined ? "" : first, size: Number(size ?? first) });
    tokens.expect("]");
  }
  tokens.expect(";");
  return dimensions;
}

class Tokens {
  private readonly tokens: readonly string[];
  private at = 0;

  constructor(text: string) {
    this.tokens = text.match(/[{}[\]:;=]|[^\s{}[\]:;=]+/g) ?? [];
  }

  next(): string {
    const token = this.tokens[this.at++];
    if (token === undefined) throw new SyntaxError("the DDS ends too early");
    return token;
  }

  skip(token: string): boolean {
    if (this.tokens[this.at]?.toLowerCase() !== token) return false;
    this.at += 1;
    return true;
  }

  expect(token: string): void {
    const found = this.next();
    if (found.toLowerCase() !== token) throw new SyntaxError(`${token} was expected, not ${found}`);
  }

  /** All up to a bracket or a semicolon: old servers have names with spaces. */
  name(): string {
    let name = this.next();
    while (this.tokens[this.at] !== undefined && !["[", ";"].includes(this.tokens[this.at] ?? ""))
      name += ` ${this.next()}`;
    return name;
  }
}
