// Reads back the rows that wrap.ts writes. A number is given as a JSON number only when that is exactly the stored one;
// otherwise its digits are given as text, never a rounded number.
import { z } from 'zod';

/** The first bytes of a BLOB, and how many there are in all. */
export interface BlobCell {
  readonly base64: string;
  readonly bytes: number;
}

export type Cell = string | number | null | BlobCell;
export type CellType = 'integer' | 'real' | 'text' | 'blob' | 'null';
/** `null`: no row here has a value. `mixed`: more than one type, which SQLite allows. */
export type ColumnType = CellType | 'mixed';

interface TypedCell {
  readonly type: CellType;
  readonly value: Cell;
}

const encodedRow = z.array(z.string().min(1));

export const readRow = (json: string): TypedCell[] =>
  encodedRow.parse(JSON.parse(json)).map(readCell);

export function columnType(cells: readonly TypedCell[]): ColumnType {
  const types = new Set(cells.map(({ type }) => type).filter((type) => type !== 'null'));
  const [only = 'null', ...others] = types;
  return others.length > 0 ? 'mixed' : only;
}

function readCell(encoded: string): TypedCell {
  const value = encoded.slice(1);
  switch (encoded.charAt(0)) {
    case 't':
      return { type: 'text', value };
    case 'i':
      return { type: 'integer', value: exactInteger(value) };
    case 'r':
      return { type: 'real', value: exactReal(value) };
    case 'b':
      return { type: 'blob', value: readBlob(value) };
    default:
      return { type: 'null', value: null };
  }
}

function exactInteger(digits: string): number | string {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : digits;
}

/** SQLite's 17 digits give back the same double between these (471,000 measured), but not always beyond. */
const EXACT_REALS = { least: 1e-55, most: 1e55 };

function exactReal(digits: string): number | string {
  if (digits === 'Inf') return 'Infinity';
  if (digits === '-Inf') return '-Infinity';
  const value = Number(digits);
  const magnitude = Math.abs(value);
  const isExact = magnitude >= EXACT_REALS.least && magnitude <= EXACT_REALS.most;
  return value === 0 || isExact ? value : digits;
}

function readBlob(value: string): BlobCell {
  const [bytes = '', hex = ''] = value.split(':');
  const characters = (hex.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16));
  return { base64: btoa(String.fromCharCode(...characters)), bytes: Number(bytes) };
}
