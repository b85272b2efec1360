/** What of the page can be sent to somebody: which tenant is open, which list, which range. Everything but the key of a page that acts. */
export interface Shown {
  readonly tenant: string;
  readonly search: string;
  readonly show: string;
  readonly sort: string;
  readonly page: string;
  readonly hours: string;
}

/** What an address says when it says nothing of it. */
const USUAL: Shown = { tenant: "", search: "", show: "", sort: "", page: "1", hours: "3" };
const NAMES = Object.keys(USUAL) as (keyof Shown)[];

/** What the page's address asks to see. */
export function shown(): Shown {
  const asked = new URLSearchParams(location.search);
  return Object.fromEntries(NAMES.map((name) => [name, asked.get(name) ?? USUAL[name]])) as unknown as Shown;
}

/**
 * Writes into the address what is shown now; the rest stays.
 * @param step whether "Back" is to undo it
 */
export function remember(change: Partial<Shown>, step = false): void {
  const next = { ...shown(), ...change };
  const asked = new URLSearchParams();
  for (const name of NAMES) if (next[name] !== USUAL[name]) asked.set(name, next[name]);
  const query = asked.toString();
  const address = query === "" ? location.pathname : `?${query}`;
  if (address === (location.search || location.pathname)) return;
  if (step) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}
