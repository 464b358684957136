// Holds what the suite found against what is expected.
import type { Expectations, Status } from './expectations.ts';
import type { Check, Results } from './suite.ts';

/** A reason to fail. */
export interface Difference {
  readonly scenario: string;
  readonly says: string;
}

export const differences = (results: Results, expected: Expectations): Difference[] => {
  const { clean, needFixture, deviations } = expected;
  const listed = [...clean, ...needFixture, ...Object.keys(deviations)];
  const ofScenario = (scenario: string): string[] => {
    if (listed.indexOf(scenario) !== listed.lastIndexOf(scenario)) return ['stands in two lists.'];
    const checks = results.get(scenario);
    if (checks === undefined) return ['was not run.'];
    if (needFixture.includes(scenario)) return stillMissing(checks);
    if (clean.includes(scenario)) return deviating(checks, {});
    const deviation = deviations[scenario];
    return deviation === undefined ? ['stands in no list.'] : deviating(checks, deviation.checks);
  };
  return [...new Set([...listed, ...results.keys()])].flatMap((scenario) =>
    ofScenario(scenario).map((says) => ({ scenario, says })),
  );
};

const deviating = (
  checks: readonly Check[],
  expected: Readonly<Record<string, Status>>,
): string[] => {
  const found = collapsed(checks);
  const unexpected = [...found.values()]
    .filter(({ id, status }) => isWorse(status) && expected[id] !== status)
    .map(({ id, status, errorMessage = '' }) => `${id} is a ${status}. ${errorMessage}`);
  const stale = Object.entries(expected)
    .filter(([id, status]) => found.get(id)?.status !== status)
    .map(([id, status]) => {
      const is = found.get(id)?.status ?? 'not there';
      return `${id} is ${is}, no ${status} any more: take it off the list.`;
    });
  const isEmpty = Object.keys(expected).length === 0 && !checks.some(isSuccess);
  return [...unexpected, ...stale, ...(isEmpty ? ['checked nothing.'] : [])];
};

const stillMissing = (checks: readonly Check[]): string[] =>
  checks.some(({ status }) => isWorse(status))
    ? []
    : ['succeeds without a fixture: move it to the clean ones.'];

/** The suite repeats a check's id for each case; the worst counts. */
const collapsed = (checks: readonly Check[]): ReadonlyMap<string, Check> => {
  const worst = new Map<string, Check>();
  for (const check of checks) {
    const before = worst.get(check.id);
    if (before === undefined || SEVERITY[check.status] > SEVERITY[before.status])
      worst.set(check.id, check);
  }
  return worst;
};

const SEVERITY: Readonly<Record<Status, number>> = {
  FAILURE: 4,
  WARNING: 3,
  SKIPPED: 2,
  SUCCESS: 1,
  INFO: 0,
};

const isWorse = (status: Status): boolean => SEVERITY[status] > SEVERITY.SUCCESS;
const isSuccess = ({ status }: Check): boolean => status === 'SUCCESS';
