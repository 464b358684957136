// What a smoke test looks at, by name, and how it is told: a table with a line for each finding.
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { columns } from '../../src/cli/show.ts';

export interface Check {
  readonly name: string;
  readonly findings: readonly Finding[];
}

export const check = (name: string, ...findings: readonly (Finding | undefined)[]): Check => ({
  name,
  findings: findings.filter((it) => it !== undefined),
});

export const hasFailed = (checks: readonly Check[]): boolean =>
  checks.some(({ findings }) => findings.some(({ mark }) => mark === '✗'));

/** Of those that failed, in a sentence. */
export const failures = (checks: readonly Check[]): string =>
  checks
    .flatMap(({ name, findings }) =>
      findings.flatMap(({ mark, text }) => (mark === '✗' ? [`${name}: ${text}`] : [])),
    )
    .join(' ');

export const tableOf = (checks: readonly Check[]): string =>
  columns(
    checks.flatMap(({ name, findings }) => findings.map(({ mark, text }) => [mark, name, text])),
  );
