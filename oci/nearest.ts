/**
 * The nearest known word for a misspelt one.
 * @module
 */

/** Edit distance (insert, delete, replace, swap of neighbours), given up beyond `limit`. */
const distance = (a: string, b: string, limit: number): number => {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, before[j - 2]! + 1);
      current.push(cost);
      if (cost < least) least = cost;
    }
    if (least > limit) return limit + 1;
    before = previous;
    previous = current;
  }
  return previous[b.length]!;
};

/** Words longer than this are not names of the language: nothing is near them. */
const LONGEST_WORD = 100;

/**
 * The known words that a misspelt one is likely to mean, the nearest first.
 * @param most how many at most
 */
export const nearestWords = (word: string, known: Iterable<string>, most: number): string[] => {
  const limit = Math.max(1, Math.floor(word.length / 3));
  if (word.length > LONGEST_WORD) return [];
  return [...known]
    .map((candidate) => ({ candidate, d: distance(word.toLowerCase(), candidate.toLowerCase(), limit) }))
    .filter(({ d }) => d <= limit)
    .sort((a, b) => a.d - b.d || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, most)
    .map(({ candidate }) => candidate);
};

/**
 * The known word that a misspelt one is likely to mean.
 * @param word what was found
 * @param known what may stand there
 * @returns the nearest of `known`, ignoring case, or undefined when none is near enough (a third of its letters)
 */
export const nearestWord = (word: string, known: Iterable<string>): string | undefined => {
  if (word.length > LONGEST_WORD) return undefined;
  const lower = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(lower.length / 3)) + 1;
  for (const candidate of known) {
    // "dynamic" for "dynamic-group", "any" for "any-user".
    if (best === undefined && lower.length > 2 && candidate.toLowerCase().startsWith(`${lower}-`))
      best = candidate;
    const d = distance(lower, candidate.toLowerCase(), bestDistance - 1);
    if (d < bestDistance) {
      best = candidate;
      bestDistance = d;
    }
  }
  return best;
};
