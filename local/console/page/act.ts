const KEY = "certfront-key";

/** Takes the key out of the address, where somebody looks over one's shoulder, and keeps it for this tab. */
export function takeKey(): void {
  const key = new URLSearchParams(location.hash.slice(1)).get("key");
  if (key === null) return;
  sessionStorage.setItem(KEY, key);
  history.replaceState(null, "", location.pathname + location.search);
}

let acts: "no" | "yes" | "key" = "no";

export function setActs(how: typeof acts): void {
  acts = how;
}

/** Whether this page may have something done. */
export function mayAct(): boolean {
  return acts === "yes" || (acts === "key" && sessionStorage.getItem(KEY) !== null);
}

/** Has the issuer look at a tenant at once. Throws Error with a sentence for people. */
export async function renewNow(domain: string): Promise<void> {
  const response = await fetch(`/api/renew?${new URLSearchParams({ domain })}`, {
    method: "POST",
    headers: { "x-certfront-key": sessionStorage.getItem(KEY) ?? "" },
  });
  if (response.ok) return;
  const { error } = (await response.json()) as { readonly error?: string };
  throw new Error(error ?? "It could not be done.");
}
