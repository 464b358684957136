// Mutants that change nothing anybody could see, each with the reason. They are left out of the figures.
import type { Mutant } from './mutants.ts';

interface Equivalent {
  readonly file: string;
  /** What stands there, and what the mutant puts in its place. */
  readonly from: string;
  readonly to: string;
  readonly why: string;
}

export const EQUIVALENTS: readonly Equivalent[] = [];

export const isEquivalent = (file: string, source: string, mutant: Mutant): boolean =>
  EQUIVALENTS.some(
    (known) =>
      known.file === file &&
      known.from === source.slice(mutant.start, mutant.end) &&
      known.to === mutant.replacement,
  );
