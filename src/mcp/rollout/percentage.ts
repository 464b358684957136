// What a flag's text says. Whole numbers only: "0.5" may be meant as half a percent or as half of all, and a rollout
// that guesses wrong lets everybody in. What cannot be read closes, and says so.
import type { Result } from '../../lib/result.ts';
import { err, ok } from '../../lib/result.ts';

/** What a flag lets in, and why that may not be what its author meant. */
export interface Share {
  readonly percentage: number;
  readonly problem?: string;
}

export const parsePercentage = (text: string): Result<number, 'unreadable'> => {
  const digits = text.trim();
  const percentage = Number(digits);
  return /^\d{1,3}$/.test(digits) && percentage <= 100 ? ok(percentage) : err('unreadable');
};

/** The sentence is shown in /health, which all may read: it names the flag, never the value, which may be anything. */
export const shareOf = (flag: string, text: string): Share => {
  const parsed = parsePercentage(text);
  return parsed.ok
    ? { percentage: parsed.value }
    : {
        percentage: 0,
        problem: `${flag} is not a whole number from 0 to 100; until it is, it counts as 0.`,
      };
};
