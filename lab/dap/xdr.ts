import { type Atom, cellSize, count, type Declaration, isText, type Value, type Variable } from "./variable";

const ROW = 0x5a000000;
const END_OF_ROWS = 0xa5000000;
/** Rows of a sequence, and elements of an array of structures, that are believed. */
const MOST_INSTANCES = 1_000_000;

/** DAP2's data section (NASA ESE-RFC-004.1.2 §6, over XDR, RFC 4506). */
export function encode(variables: readonly Variable[]): Buffer {
  const parts: Buffer[] = [];
  for (const { declaration, value } of variables) write(declaration, value, parts);
  return Buffer.concat(parts);
}

function write(declaration: Declaration, value: Value, to: Buffer[]): void {
  const isArray = declaration.dimensions.length > 0;
  if (value.is === "texts") {
    if (isArray) to.push(uint32(value.texts.length));
    for (const text of value.texts) to.push(uint32(text.length), ...padded(text));
  } else if (value.is === "numbers") {
    if (isArray) {
      // Once for DAP's own array and once for XDR's, which is what the first servers sent.
      const length = uint32(count(declaration.dimensions));
      to.push(length, length);
    }
    to.push(...padded(value.bytes));
  } else if (declaration.kind !== "atom") {
    const { kind, members } = declaration;
    if (kind === "structure" && isArray) to.push(uint32(value.instances.length));
    for (const instance of value.instances) {
      if (kind === "sequence") to.push(uint32(ROW));
      members.forEach((member, at) => {
        const own = instance[at];
        if (own !== undefined) write(member, own, to);
      });
    }
    if (kind === "sequence") to.push(uint32(END_OF_ROWS));
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function padded(bytes: Buffer): Buffer[] {
  return bytes.length % 4 === 0 ? [bytes] : [bytes, Buffer.alloc(4 - (bytes.length % 4))];
}

/**
 * Reads a data section back.
 * @returns the values, and how many bytes they took
 * @throws RangeError where the bytes do not fit the declarations
 */
export function decode(
  declarations: readonly Declaration[],
  bytes: Buffer,
): { readonly variables: Variable[]; readonly read: number } {
  const reader = new Reader(bytes);
  const variables = declarations.map((declaration) => ({ declaration, value: read(declaration, reader) }));
  return { variables, read: reader.at };
}

function read(declaration: Declaration, reader: Reader): Value {
  if (declaration.kind === "atom") return readAtom(declaration, reader);
  const instance = () => declaration.members.map((member) => read(member, reader));
  const instances: Value[][] = [];
  if (declaration.kind === "sequence") {
    while (reader.isRow()) {
      if (instances.length >= MOST_INSTANCES) throw new RangeError(`${declaration.name} has too many rows`);
      instances.push(instance());
    }
  } else {
    const isArray = declaration.kind === "structure" && declaration.dimensions.length > 0;
    const length = isArray ? reader.length(declaration) : 1;
    for (let at = 0; at < length; at++) instances.push(instance());
  }
  return { is: "instances", instances };
}

function readAtom(atom: Atom, reader: Reader): Value {
  const isArray = atom.dimensions.length > 0;
  const length = isArray ? reader.length(atom) : 1;
  if (isText(atom.type)) {
    const texts: Buffer[] = [];
    for (let at = 0; at < length; at++) texts.push(reader.padded(reader.uint32()));
    return { is: "texts", texts };
  }
  if (isArray) reader.length(atom);
  return { is: "numbers", bytes: reader.padded(length * cellSize(atom)) };
}

class Reader {
  at = 0;

  constructor(private readonly bytes: Buffer) {}

  uint32(): number {
    return this.take(4).readUInt32BE();
  }

  /** A count that must be the declared one. */
  length({ name, dimensions }: Declaration): number {
    const length = this.uint32();
    if (length !== count(dimensions) || length > MOST_INSTANCES)
      throw new RangeError(`${name} has ${length} elements, ${count(dimensions)} are declared`);
    return length;
  }

  padded(length: number): Buffer {
    const bytes = this.take(length);
    this.take((4 - (length % 4)) % 4);
    return bytes;
  }

  isRow(): boolean {
    const mark = this.uint32();
    if (mark !== ROW && mark !== END_OF_ROWS) throw new RangeError(`${mark.toString(16)} marks no row`);
    return mark === ROW;
  }

  private take(length: number): Buffer {
    const end = this.at + length;
    if (end > this.bytes.length) throw new RangeError(`${end - this.bytes.length} bytes are missing`);
    const taken = this.bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }
}
