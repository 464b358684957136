// What one attack of the corpus is. Test data only.
import type { ErrorCode } from '../../../contract/errors.ts';
import type { Param } from './layers.ts';

export interface Attack {
  readonly name: string;
  readonly sql: string;
  readonly params?: readonly Param[];
  readonly code: ErrorCode;
}

/** Statements that share a reason, named `group: name`. */
export const group = (
  title: string,
  code: ErrorCode,
  statements: Readonly<Record<string, string>>,
): Attack[] =>
  Object.entries(statements).map(([name, sql]) => ({ name: `${title}: ${name}`, sql, code }));
