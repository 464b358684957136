// What a read that must work is, in the corpus. Test data only.
import type { Cell } from './cells.ts';
import type { Param } from './layers.ts';

export interface HonestRead {
  readonly name: string;
  readonly sql: string;
  readonly params?: readonly Param[];
  readonly rows: readonly (readonly Cell[])[];
}
export type Read = readonly [
  name: string,
  sql: string,
  rows: HonestRead['rows'],
  params?: readonly Param[],
];
