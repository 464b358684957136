// Second layer: our own reading of SQLite's tokens, written from SQLite's tokenizer and not from the parser we use, so
// that one mistake in either is caught by the other. It decides where the statement ends and where its parameters are.
// It judges no grammar. A token it does not know is refused, never skipped.
import { type Result, ok } from '../../../lib/result.ts';
import { type Refusal, refuse } from './refusal.ts';

export interface Lexed {
  /** The one statement, without its closing semicolons: what will run. */
  readonly statement: string;
  /** The same length, but digit separators (1_000) made digits, which the parser does not know yet. */
  readonly forParser: string;
  /** How many plain `?` it holds. */
  readonly parameterCount: number;
}

type Kind = 'space' | 'comment' | 'quoted' | 'name' | 'number' | 'parameter' | 'symbol';

interface Token {
  readonly kind: Kind;
  readonly start: number;
  readonly end: number;
}

export function lex(sql: string): Result<Lexed, Refusal> {
  const tokens = tokenize(sql);
  if (!tokens.ok) return tokens;
  const words = tokens.value.filter(({ kind }) => kind !== 'space' && kind !== 'comment');
  const isSemicolon = (token: Token): boolean => sql[token.start] === ';';

  const last = words.findLastIndex((token) => !isSemicolon(token));
  if (last === -1) return refuse('SQL_EMPTY', 'The text holds no statement.');
  const body = words.slice(0, last + 1);
  const inner = body.findIndex(isSemicolon);
  if (inner === 0) return refuse('SQL_SYNTAX', 'The statement starts with a semicolon.');
  if (inner > 0) {
    return refuse('SQL_MULTIPLE_STATEMENTS', 'A semicolon may only end the statement.');
  }
  const unbalanced = checkParentheses(sql, body);
  if (unbalanced) return unbalanced;
  const statement = sql.slice(0, body.at(-1)?.end ?? 0);
  return ok({
    statement,
    forParser: withoutDigitSeparators(statement, body),
    parameterCount: body.filter(({ kind }) => kind === 'parameter').length,
  });
}

function tokenize(sql: string): Result<Token[], Refusal> {
  const tokens: Token[] = [];
  let at = 0;
  while (at < sql.length) {
    const token = nextToken(sql, at);
    if (!token.ok) return token;
    tokens.push(token.value);
    at = token.value.end;
  }
  return ok(tokens);
}

/** U+0080 and up are letters to SQLite, whatever Unicode says of them. Vertical tab is not a space to it. */
const PATTERNS: readonly (readonly [Kind, RegExp])[] = [
  ['space', /[ \t\n\f\r]+/y],
  ['comment', /--[^\n]*/y],
  ['name', /[A-Za-z_\u0080-\uFFFF][A-Za-z0-9_$\u0080-\uFFFF]*/y],
  ['number', /[0-9][A-Za-z0-9_$\u0080-\uFFFF]*/y],
  ['symbol', /[(),.;+\-*/%<>=!&|~]/y],
];

const CLOSING: Readonly<Record<string, string>> = { "'": "'", '"': '"', '`': '`', '[': ']' };

function nextToken(sql: string, start: number): Result<Token, Refusal> {
  const first = sql.charAt(start);
  const closing = CLOSING[first];
  if (closing !== undefined) return quoted(sql, start, closing);
  if (sql.startsWith('/*', start)) return blockComment(sql, start);
  if (first === '?') return parameter(sql, start);
  if (':@$#'.includes(first)) {
    return refuse('SQL_PARAMETERS', 'Named and numbered parameters are not taken, only plain ?.');
  }
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = start;
    const found = pattern.exec(sql);
    if (found) return ok({ kind, start, end: start + found[0].length });
  }
  return refuse('SQL_ILLEGAL_CHARACTER', 'A character outside quotes has no meaning in SQLite.');
}

/** A doubled quote stands for itself, except in [brackets], which know no escape. */
function quoted(sql: string, start: number, closing: string): Result<Token, Refusal> {
  let at = start;
  for (;;) {
    at = sql.indexOf(closing, at + 1);
    if (at === -1) return refuse('SQL_SYNTAX', 'A quoted text or name is not closed.');
    if (closing === ']' || sql[at + 1] !== closing) {
      return ok({ kind: 'quoted', start, end: at + 1 });
    }
    at++;
  }
}

/** SQLite lets a comment run to the end of the text; then it would swallow what we put after it, so it must close. */
function blockComment(sql: string, start: number): Result<Token, Refusal> {
  const end = sql.indexOf('*/', start + 2);
  if (end === -1) return refuse('SQL_SYNTAX', 'A comment is not closed.');
  return ok({ kind: 'comment', start, end: end + 2 });
}

/** `?1` would name our own guard parameter, so only the anonymous form is taken. */
function parameter(sql: string, start: number): Result<Token, Refusal> {
  if (/[0-9]/.test(sql.charAt(start + 1))) {
    return refuse('SQL_PARAMETERS', 'Numbered parameters are not taken, only plain ?.');
  }
  return ok({ kind: 'parameter', start, end: start + 1 });
}

/** Never negative, so that no `)` can close the query we put the statement into. */
function checkParentheses(
  sql: string,
  tokens: readonly Token[],
): Result<never, Refusal> | undefined {
  let depth = 0;
  for (const { kind, start } of tokens) {
    if (kind !== 'symbol') continue;
    if (sql[start] === '(') depth++;
    if (sql[start] === ')') depth--;
    if (depth < 0) return refuse('SQL_SYNTAX', 'A closing parenthesis was never opened.');
  }
  return depth === 0 ? undefined : refuse('SQL_SYNTAX', 'A parenthesis is not closed.');
}

/** A word that starts with a digit is a number or nothing in SQLite, so this can hide no name. */
function withoutDigitSeparators(sql: string, tokens: readonly Token[]): string {
  let text = sql;
  for (const { kind, start, end } of tokens) {
    if (kind !== 'number') continue;
    const digits = sql.slice(start, end).replace(/(?<=[0-9a-f])_(?=[0-9a-f])/gi, '0');
    text = text.slice(0, start) + digits + text.slice(end);
  }
  return text;
}
