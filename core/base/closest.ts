/** Edits between two words that are still taken for a slip of the finger. */
const SLIPS = 2;

/** The one of `known` that was probably meant by `word`, whatever its case; undefined where none is near. */
export function closest(word: string, known: Iterable<string>): string | undefined {
  let best: { readonly candidate: string; readonly edits: number } | undefined;
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) > SLIPS) continue;
    const edits = distance(candidate.toLowerCase(), word.toLowerCase());
    if (edits <= SLIPS && (best === undefined || edits < best.edits)) best = { candidate, edits };
  }
  return best?.candidate;
}

/** Levenshtein's edit distance. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
