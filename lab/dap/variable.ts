/** A DAP2 data model in memory (NASA ESE-RFC-004.1.2 §5): what a DDS declares, and values in the form that XDR has them. */

export const ATOMIC = ["Byte", "Int16", "UInt16", "Int32", "UInt32", "Float32", "Float64", "String", "Url"] as const;
export type Atomic = (typeof ATOMIC)[number];

export interface Dimension {
  /** Empty: the DDS gives a size alone. */
  readonly name: string;
  readonly size: number;
}

export interface Atom {
  readonly kind: "atom";
  readonly name: string;
  readonly type: Atomic;
  readonly dimensions: readonly Dimension[];
}

/** A grid's first member is its array, the others are its maps. */
export interface Group {
  readonly kind: "structure" | "sequence" | "grid";
  readonly name: string;
  readonly members: readonly Declaration[];
  readonly dimensions: readonly Dimension[];
}

export type Declaration = Atom | Group;

/** Values of one declaration. */
export type Value =
  /** Elements of `cellSize` bytes each, big-endian, one after another. */
  | { readonly is: "numbers"; readonly bytes: Buffer }
  | { readonly is: "texts"; readonly texts: readonly Buffer[] }
  /** A value per member, for each element of a structure, each row of a sequence; a grid has one. */
  | { readonly is: "instances"; readonly instances: readonly (readonly Value[])[] };

export interface Variable {
  readonly declaration: Declaration;
  readonly value: Value;
}

export interface Dataset {
  readonly name: string;
  readonly variables: readonly Variable[];
  /** The answer to `.das`, whole. */
  readonly das: string;
}

export function isText(type: Atomic): boolean {
  return type === "String" || type === "Url";
}

/** Bytes of one element: XDR (RFC 4506) widens 16 bits to 32, and packs bytes only where they are an array. */
export function cellSize({ type, dimensions }: Atom): number {
  if (type === "Byte" && dimensions.length > 0) return 1;
  return type === "Float64" ? 8 : 4;
}

/** Elements of an array; 1 for a scalar. */
export function count(dimensions: readonly Dimension[]): number {
  return dimensions.reduce((product, { size }) => product * size, 1);
}
