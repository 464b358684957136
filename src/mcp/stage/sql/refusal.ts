// Why a statement is not run: a code from the closed list and one sentence of ours. Rules return it; only the door
// (read-query.ts) turns it into an error.
import type { ErrorCode } from '../../../contract/errors.ts';
import { type Result, err } from '../../../lib/result.ts';

export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
}

export const refuse = (code: ErrorCode, message: string): Result<never, Refusal> =>
  err({ code, message });

/** A name may be repeated to the caller only when it cannot carry anything but a name. */
export const sayable = (name: string): string =>
  /^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name) ? `"${name}"` : 'one with an unusual name';
