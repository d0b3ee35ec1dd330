/**
 * Mutants of what sponges absorb: each element taken up as zero, prover and verifier alike. Noticed where it is the only place in
 * which some requirement is met in time.
 */
import type { Outcome } from './outcome.ts';
import { placeName, placesOf, type Requirement } from './permutations.ts';
import type { SpongeUse } from './sponges.ts';

export function absorptionMutants(use: SpongeUse, selected: (id: string) => boolean): Outcome[] {
  const missing = unabsorbed(use);
  if (missing.length > 0) throw new Error(`${use.name}: not absorbed: ${missing.join(', ')}`);
  const only = onlyPlaces(use);
  const names = Object.entries(use.again ?? {}).flatMap(([what, values]) => values.map((v) => [v, what] as const));
  const again = new Map(names);
  return use.permutations.flatMap((permutation) =>
    permutation.absorbed.flatMap((value, at): Outcome[] => {
      // a zero is taken up as a zero anyway
      if (value === 0n) return [];
      const place = placeName(permutation, at);
      const once = only.has(place);
      const what = !once && again.has(value) ? `${permutation.sponge}: again ${again.get(value)}` : place;
      const id = `absorption | ${use.name} | ${what}`;
      return selected(id) ? [{ id, copies: 1, killedBy: once ? 'requirement' : undefined }] : [];
    }),
  );
}

/** What no sponge takes up in time: nothing. */
export function unabsorbed({ requirements, permutations }: SpongeUse): string[] {
  return grouped(requirements).flatMap((group) =>
    placesOf(group[0]!, permutations).length < group.length ? [`${group[0]!.what} by ${group[0]!.sponge}`] : [],
  );
}

/** Places without which something would be missing. */
function onlyPlaces({ requirements, permutations }: SpongeUse): Set<string> {
  return new Set(
    grouped(requirements).flatMap((group) => {
      const places = placesOf(group[0]!, permutations);
      return places.length === group.length ? places : [];
    }),
  );
}

/** One value may be required more than once: z_0 is the input twice. */
function grouped(requirements: readonly Requirement[]): Requirement[][] {
  const groups = new Map<string, Requirement[]>();
  for (const requirement of requirements) {
    const key = `${requirement.sponge} ${requirement.by} ${requirement.value}`;
    groups.set(key, [...(groups.get(key) ?? []), requirement]);
  }
  return [...groups.values()];
}
