import { DAP_ERROR, DapError } from "./dap-error";

/** `[start:stride:stop]`, the stop included. */
export interface Hyperslab {
  readonly start: number;
  readonly stride: number;
  readonly stop: number;
}

/** What is asked of a variable: which elements and which members. */
export interface Selection {
  slabs: readonly Hyperslab[];
  /** It was named itself, and not only something in it: all members are meant, whichever are named beside. */
  whole: boolean;
  readonly members: Map<string, Selection>;
}

/** Variables, and nested names, that one constraint may list. */
const MOST_NAMES = 1_000;
const MOST_CHARACTERS = 16_000;

/**
 * Reads a constraint expression: projections with hyperslabs. Names that share a container come together.
 * @param query as sent, escaped or not; empty: everything
 * @throws DapError 400 that names the part that is wrong
 */
export function parseConstraint(query: string): Map<string, Selection> {
  const chosen = new Map<string, Selection>();
  if (query.length > MOST_CHARACTERS) throw wrong(`the constraint has more than ${MOST_CHARACTERS} characters`);
  const [projections = "", ...filters] = unescaped(query).split("&");
  if (filters.some((filter) => filter.trim() !== "")) throw wrong("selections (&…) are not offered, projections are");
  const listed = projections.split(",").map((one) => one.trim());
  if (listed.length > MOST_NAMES) throw wrong(`the constraint lists more than ${MOST_NAMES} names`);
  if (listed.length === 1 && listed[0] === "") return chosen;
  for (const projection of listed) choose(projection, chosen);
  return chosen;
}

/** A name and its hyperslabs, up to a dot or the end: one after another, so that no constraint takes longer than it is long. */
const PART = /([^.[\]()"]+)((?:\[[^[\]]*\])*)(?:\.(?!$)|$)/y;

function choose(projection: string, chosen: Map<string, Selection>): void {
  let level = chosen;
  for (let at = 0; at < projection.length || at === 0; at = PART.lastIndex) {
    PART.lastIndex = at;
    const [, name, brackets = ""] = PART.exec(projection) ?? [];
    if (name === undefined) throw wrong(`${projection} is no projection; functions are not offered`);
    const slabs = [...brackets.matchAll(/\[([^\]]*)\]/g)].map(([, slab = ""]) => hyperslab(slab));
    const selection = level.get(name) ?? { slabs: [], whole: false, members: new Map<string, Selection>() };
    if (slabs.length > 0) selection.slabs = slabs;
    if (PART.lastIndex === projection.length) selection.whole = true;
    level.set(name, selection);
    level = selection.members;
  }
}

function hyperslab(text: string): Hyperslab {
  const numbers = text.split(":").map((one) => (/^\s*\d{1,9}\s*$/.test(one) ? Number(one) : Number.NaN));
  const [first = Number.NaN, second = first, third] = numbers;
  const slab =
    third === undefined ? { start: first, stride: 1, stop: second } : { start: first, stride: second, stop: third };
  if (numbers.length > 3 || numbers.some(Number.isNaN) || slab.stride < 1 || slab.stop < slab.start)
    throw wrong(`[${text}] is no hyperslab`);
  return slab;
}

function unescaped(query: string): string {
  try {
    return decodeURIComponent(query);
  } catch {
    throw wrong("the constraint's %-escapes are broken");
  }
}

function wrong(message: string): DapError {
  return new DapError(400, DAP_ERROR.badConstraint, message);
}
