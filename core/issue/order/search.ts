import type { NameSearch } from "../../record/record";

/** Orders that one search may cost: one bad name among 25 is found with ten. */
const MOST_ORDERS = 16;

/**
 * Begins to look for the name that a CA refuses without saying which (core/record/record.ts).
 * @param certified names of the present certificate, most likely not the ones meant
 */
export function beginSearch(
  ca: string,
  stage: NameSearch["stage"],
  names: readonly string[],
  certified: readonly string[],
): NameSearch {
  const old = names.filter((name) => certified.includes(name));
  const added = names.filter((name) => !certified.includes(name));
  const open = old.length > 0 && added.length > 0 ? [old, added] : halves(names);
  return { ca, stage, good: [], open, orders: 1 };
}

/** What the next order of the search is for. */
export function namesOfSearch({ good, open }: NameSearch): string[] {
  return [...good, ...(open[0] ?? [])];
}

/** The CA took the names. */
export function accepted(search: NameSearch): NameSearch {
  return { ...search, good: namesOfSearch(search), open: search.open.slice(1), orders: search.orders + 1 };
}

/**
 * The CA refused them.
 * @returns `culprits` are known now; all that is open, where the search has cost enough
 */
export function refused(search: NameSearch): { readonly search: NameSearch; readonly culprits: readonly string[] } {
  const [group = [], ...others] = search.open;
  const orders = search.orders + 1;
  if (orders >= MOST_ORDERS) return { search: { ...search, open: [], orders }, culprits: search.open.flat() };
  return group.length === 1
    ? { search: { ...search, open: others, orders }, culprits: group }
    : { search: { ...search, open: [...halves(group), ...others], orders }, culprits: [] };
}

function halves(names: readonly string[]): string[][] {
  const middle = Math.ceil(names.length / 2);
  return [names.slice(0, middle), names.slice(middle)].filter((half) => half.length > 0);
}
