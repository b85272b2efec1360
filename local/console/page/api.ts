/** One of the console's JSON answers. Throws Error with a sentence for people. */
export async function fetchJson<T>(path: string): Promise<T> {
  const response = await fetch(path, { headers: { accept: "application/json" } });
  const body = (await response.json()) as T | { readonly error: string };
  if (response.ok) return body as T;
  throw new Error((body as { readonly error: string }).error);
}
