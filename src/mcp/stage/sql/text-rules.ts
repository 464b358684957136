// First layer: what a statement may look like before anything reads it as SQL. It exists because tools disagree about
// some characters (SQLite takes U+FEFF for a space, the parser for a letter; NUL ends a statement for one and not the
// other) and because deep nesting breaks parsers. It knows no SQL.
import { type Result, ok } from '../../../lib/result.ts';
import { type Refusal, refuse } from './refusal.ts';

export const MAX_SQL_LENGTH = 10_000;
export const MAX_NESTING = 100;

export function checkText(sql: string): Result<string, Refusal> {
  if (sql.length > MAX_SQL_LENGTH) {
    return refuse('SQL_TOO_LONG', `The statement has ${sql.length} characters.`);
  }
  if (!sql.isWellFormed() || sql.includes('\u0000') || sql.includes('\uFEFF')) {
    return refuse(
      'SQL_ILLEGAL_CHARACTER',
      'The statement holds a NUL, a byte order mark or half a character.',
    );
  }
  if (sql.trim() === '') return refuse('SQL_EMPTY', 'The statement is empty.');
  if (nesting(sql) > MAX_NESTING) {
    return refuse('SQL_TOO_DEEP', `More than ${MAX_NESTING} parentheses are open at once.`);
  }
  return ok(sql);
}

/** Counts every parenthesis, quoted or not: nothing has told them apart yet, and 100 is plenty for both. */
function nesting(sql: string): number {
  let depth = 0;
  let deepest = 0;
  for (const character of sql) {
    if (character === '(') deepest = Math.max(deepest, ++depth);
    else if (character === ')') depth--;
  }
  return deepest;
}
