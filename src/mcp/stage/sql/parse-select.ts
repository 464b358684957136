// Third layer: SQLite's own grammar (sqlite3-parser, generated from SQLite's parse.y) must see exactly one SELECT.
// The parser is young, so it is never the only layer, and whatever it throws is a refusal, never a failure.
import { parse } from 'sqlite3-parser';

import { type Result, ok } from '../../../lib/result.ts';
import { type Refusal, refuse, sayable } from './refusal.ts';
import type { SyntaxNode } from './syntax-tree.ts';

type Parser = (sql: string) => ReturnType<typeof parse>;

/** A SELECT, WITH … SELECT or VALUES, and nothing else. `parser`: for a test of what a broken one may do. */
export function parseSelect(sql: string, parser: Parser = parse): Result<SyntaxNode, Refusal> {
  const commands = parseCommands(sql, parser);
  if (!commands.ok) return commands;
  const [first, second] = commands.value;
  if (!first) return refuse('SQL_EMPTY', 'The text holds no statement.');
  if (second) return refuse('SQL_MULTIPLE_STATEMENTS', 'More than one statement was sent.');
  if (first.type !== 'SelectStmt') {
    return refuse('SQL_NOT_A_READ', 'The statement is not a SELECT, WITH … SELECT or VALUES.');
  }
  return ok(first);
}

/** What SQLite keeps of CREATE VIEW or CREATE VIRTUAL TABLE, read back as a tree. */
export function parseStored<T extends StoredType>(sql: string, type: T): StoredNode<T> | undefined {
  const commands = parseCommands(sql, parse);
  if (!commands.ok || commands.value.length !== 1) return undefined;
  return commands.value.find((command): command is StoredNode<T> => command.type === type);
}

type Commands = Extract<ReturnType<typeof parse>, { status: 'ok' }>['root']['cmds'];
type StoredType = 'CreateViewStmt' | 'CreateVirtualTableStmt';
type StoredNode<T extends StoredType> = Extract<Commands[number], { type: T }>;

function parseCommands(sql: string, parser: Parser): Result<Commands, Refusal> {
  try {
    const parsed = parser(sql);
    if (parsed.status === 'ok') return ok(parsed.root.cmds);
    return refuse('SQL_SYNTAX', describeMistake(sql, parsed.errors[0]?.span));
  } catch {
    // A stack overflow in the parser: the text is too odd to be judged, which is all the caller needs to know.
    return refuse('SQL_TOO_DEEP', 'The statement is too deeply nested to be read.');
  }
}

interface Place {
  readonly offset: number;
  readonly length: number;
}

function describeMistake(sql: string, place: Place | undefined): string {
  if (!place) return 'The statement is not valid SQLite.';
  const word = sql.slice(place.offset, place.offset + place.length);
  const where = `at character ${place.offset + 1}`;
  return /^\w+$/.test(word)
    ? `The statement is not valid SQLite ${where}, near ${sayable(word)}.`
    : `The statement is not valid SQLite ${where}.`;
}
