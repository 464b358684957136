// Mutants that change nothing anybody could see, each with the reason. They are left out of the figures; the runner tries
// them all the same, and fails for one that a test does notice.
import { EDGE } from './equivalents-edge.ts';
import { INSIDE } from './equivalents-inside.ts';
import { type Mutant, mutantsOf } from './mutants.ts';

/** `after`: what stands right before it, where the line has several alike. */
type Change = readonly [from: string, to: string, after?: string];

export interface Equivalent {
  readonly file: string;
  /** The line it begins on, as it stands there. */
  readonly line: string;
  /** What the mutant puts in the place of what. */
  readonly changes: readonly Change[];
  readonly why: string;
}

const EQUIVALENTS: readonly Equivalent[] = [...EDGE, ...INSIDE];

const lineAt = (source: string, at: number): string => {
  const begin = source.lastIndexOf('\n', at - 1) + 1;
  const end = source.indexOf('\n', at);
  return source.slice(begin, end < 0 ? undefined : end).trim();
};

/** Whether `mutant` of `source` is that change of the line listed. */
const isThat = (
  { line }: Equivalent,
  [from, to, after = '']: Change,
  source: string,
  mutant: Mutant,
) =>
  line === lineAt(source, mutant.start) &&
  from === source.slice(mutant.start, mutant.end) &&
  to === mutant.replacement &&
  source.endsWith(after, mutant.start);

export const isEquivalent = (file: string, source: string, mutant: Mutant): boolean =>
  EQUIVALENTS.some(
    (known) =>
      known.file === file && known.changes.some((change) => isThat(known, change, source, mutant)),
  );

/** Those of which there is no such mutant any more: to be looked at again. */
export const staleEquivalents = (read: (file: string) => string): readonly string[] =>
  EQUIVALENTS.flatMap((known) => {
    const source = read(known.file);
    const mutants = mutantsOf(known.file, source);
    return known.changes
      .filter((change) => !mutants.some((mutant) => isThat(known, change, source, mutant)))
      .map(([from, to]) => `${known.file}: ${known.line}: ${from} → ${to}`);
  });
