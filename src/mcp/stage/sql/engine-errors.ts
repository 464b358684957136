// What the database answers when it will not run a statement, said in our words. Its own sentence is never passed on:
// it may quote data. A closed list of messages is recognised; the name in one is repeated only when it is a plain name.
import type { ErrorCode } from '../../../contract/errors.ts';
import { OpsError } from '../../../contract/errors.ts';

/** Turns whatever a D1 call threw into the error the caller sees. `cause` keeps the original for the log. */
export function engineError(cause: unknown): OpsError {
  const message = cause instanceof Error ? cause.message : '';
  for (const { code, pattern, say } of KNOWN) {
    const found = pattern.exec(message);
    if (found) return new OpsError(code, say(quotable(found[1])), { cause });
  }
  if (message.includes('SQLITE_ERROR')) {
    return new OpsError('SQL_REFUSED_BY_ENGINE', 'The database would not run the statement.', {
      cause,
    });
  }
  return new OpsError('RESOURCE_FAILED', 'The database did not answer the query.', { cause });
}

interface Known {
  readonly code: ErrorCode;
  readonly pattern: RegExp;
  /** `name` is empty when the message held none that may be repeated. */
  readonly say: (name: string) => string;
}

const refused = (pattern: RegExp, say: Known['say']): Known => ({
  code: 'SQL_REFUSED_BY_ENGINE',
  pattern,
  say,
});

const KNOWN: readonly Known[] = [
  {
    code: 'SQL_ROW_TOO_LARGE',
    pattern: /SQLITE_NOMEM|out of memory|string or blob too big/,
    say: () => 'A value of the result is larger than the database can build.',
  },
  refused(/no such table: (\S+)/, (name) => `There is no table${name}.`),
  refused(/no such column: (\S+)/, (name) => `There is no column${name}.`),
  refused(/no such function: (\S+)/, (name) => `There is no function${name}.`),
  refused(/no such index: (\S+)/, (name) => `There is no index${name}.`),
  refused(/no such window: (\S+)/, (name) => `There is no window${name}.`),
  refused(/no such collation sequence: (\S+)/, (name) => `There is no collation${name}.`),
  refused(
    /ambiguous column name: (\S+)/,
    (name) => `The column${name} is in several tables; say which.`,
  ),
  refused(/circular reference: (\S+)/, (name) => `The WITH name${name} refers to itself.`),
  refused(
    /wrong number of arguments to function (\w+)/,
    (name) => `The function${name} takes another number of arguments.`,
  ),
  refused(
    /misuse of (?:aggregate|window)/,
    () => 'An aggregate or window function stands where none may.',
  ),
  refused(/too many columns/, () => 'The result has more than 100 columns.'),
  refused(
    /too many terms in compound/,
    () => 'The database combines only a few SELECTs; use fewer UNIONs.',
  ),
  refused(
    /same number of (?:result columns|terms)/,
    () => 'The combined SELECTs or VALUES differ in their number of columns.',
  ),
  refused(
    /(?:sub-select returns|values for \d+ columns)/,
    () => 'A subquery answers another number of columns than needed.',
  ),
  refused(/row value misused/, () => 'A list of values stands where one value is needed.'),
  refused(/Expression tree is too large/, () => 'An expression is nested more than 100 deep.'),
  refused(
    /LIKE or GLOB pattern too complex/,
    () => 'A LIKE or GLOB pattern is longer than 50 bytes.',
  ),
  refused(/unable to use function MATCH/, () => 'MATCH works only on a full-text table.'),
  refused(/fts5: /, () => 'The full-text query is not valid.'),
  refused(
    /malformed JSON|bad JSON path/i,
    () => 'A JSON function got a text that is not JSON, or a path that is none.',
  ),
  refused(/datatype mismatch/, () => 'A value has the wrong type, for example in LIMIT.'),
  refused(/integer overflow/, () => 'A sum is too big for an integer.'),
  refused(/no tables specified/, () => 'A * stands without a table to take columns from.'),
  {
    code: 'SQL_ROW_TOO_LARGE',
    pattern: /string or blob too big|SQLITE_TOOBIG/,
    say: () => 'A value in the query is too big for the database.',
  },
  {
    code: 'SQL_PARAMETERS',
    pattern: /too many SQL variables|Wrong number of parameter/,
    say: () => 'The params do not fit the statement.',
  },
  {
    code: 'SQL_MULTIPLE_STATEMENTS',
    pattern: /multiple SQL statements/,
    say: () => 'More than one statement was sent.',
  },
  {
    code: 'SQL_SYNTAX',
    pattern: /syntax error|incomplete input|unrecognized token/,
    say: () => 'The statement is not valid SQLite.',
  },
  {
    code: 'SQL_FORBIDDEN_FUNCTION',
    pattern: /not authorized to use function/,
    say: () => 'The database does not allow a function of the statement.',
  },
  {
    code: 'SQL_FORBIDDEN_TABLE',
    pattern: /not authorized|is prohibited|SQLITE_AUTH/,
    say: () => 'The database does not allow this read.',
  },
];

/** At most `table.column` of plain names. */
function quotable(name: string | undefined): string {
  const plain = name?.replace(/[:(]+.*$/, '') ?? '';
  return /^[A-Za-z_]\w{0,63}(?:\.[A-Za-z_]\w{0,63}){0,2}$/.test(plain) ? ` "${plain}"` : '';
}
