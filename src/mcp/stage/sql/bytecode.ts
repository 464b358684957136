// Fifth layer: the engine's own witness. EXPLAIN compiles the wrapped text and says step by step what it would do; it
// must open no write transaction and take only steps from a closed list. Unlike the layers before, this one believes
// SQLite and not us. It cannot see what a virtual table does when read: that is the schema rules' work.
import { z } from 'zod';

import { type Result, ok } from '../../../lib/result.ts';
import { type Refusal, refuse, sayable } from './refusal.ts';

const explainRows = z.array(
  z.object({ opcode: z.string(), p1: z.number(), p2: z.number(), p3: z.number() }),
);

type Step = z.output<typeof explainRows>[number];

/** The number of columns the statement answers, or why it is not a read. */
export function witness(explained: unknown): Result<number, Refusal> {
  const steps = explainRows.parse(explained);
  if (steps[0]?.opcode !== 'Init') return refuse('SQL_NOT_A_READ', 'The engine compiled nothing.');
  const own = ownCursors(steps);
  for (const step of steps) {
    const why = objection(step, own);
    if (why !== undefined) return refuse('SQL_NOT_A_READ', why);
  }
  const row = steps.findLast(({ opcode }) => opcode === 'ResultRow');
  if (!row) return refuse('SQL_NOT_A_READ', 'The statement answers no rows.');
  return ok(row.p2);
}

/** Scratch tables the statement makes for itself. A cursor number used for a stored table as well is not one. */
function ownCursors(steps: readonly Step[]): ReadonlySet<number> {
  const cursorsOf = (opcodes: ReadonlySet<string>): number[] =>
    steps.filter(({ opcode }) => opcodes.has(opcode)).map(({ p1 }) => p1);
  const stored = new Set(cursorsOf(OPENS_STORED));
  return new Set(cursorsOf(OPENS_SCRATCH).filter((cursor) => !stored.has(cursor)));
}

function objection(step: Step, own: ReadonlySet<number>): string | undefined {
  if (step.opcode === 'Transaction') {
    const isRead = step.p1 === 0 && step.p2 === 0;
    return isRead ? undefined : 'The engine would open a write transaction.';
  }
  if (step.opcode === 'OpenRead' && step.p3 !== 0) return 'The engine would read another schema.';
  if (CHANGES_CURSOR.has(step.opcode)) {
    return own.has(step.p1) ? undefined : 'The engine would change a stored table.';
  }
  return READ_STEPS.has(step.opcode)
    ? undefined
    : `The engine would take a step that no read needs: ${sayable(step.opcode)}.`;
}

const OPENS_SCRATCH: ReadonlySet<string> = new Set([
  'OpenAutoindex',
  'OpenDup',
  'OpenEphemeral',
  'OpenPseudo',
  'SorterOpen',
]);

const OPENS_STORED: ReadonlySet<string> = new Set(['OpenRead', 'ReopenIdx', 'VOpen']);

const CHANGES_CURSOR: ReadonlySet<string> = new Set([
  'Clear',
  'Delete',
  'IdxDelete',
  'IdxInsert',
  'Insert',
]);

const READ_STEPS: ReadonlySet<string> = new Set(
  `Add AddImm Affinity AggFinal AggInverse AggStep AggStep1 AggValue And BeginSubrtn BitAnd BitNot
  BitOr Blob Cast Close ClrSubtype CollSeq Column Compare Concat Copy Count CursorHint CursorLock
  CursorUnlock DecrJumpZero DeferredSeek Divide ElseEq EndCoroutine Eq Explain Filter FilterAdd
  FinishSeek Found Function Ge GetSubtype Gosub Goto Gt Halt HaltIfNull IdxGE IdxGT IdxLE IdxLT
  IdxRowid If IfEmpty IfNoHope IfNot IfNotOpen IfNotZero IfNullRow IfPos IfSizeBetween Init
  InitCoroutine Int64 IntCopy Integer IsNull IsTrue IsType Jump Last Le Lt MakeRecord Move Multiply
  MustBeInt Ne NewRowid Next NoConflict Noop Not NotExists NotFound NotNull Null NullRow Offset
  OffsetLimit Once OpenAutoindex OpenDup OpenEphemeral OpenPseudo OpenRead Or Param Permutation Prev
  PureFunc ReadCookie Real RealAffinity ReleaseReg Remainder ReopenIdx ResetCount ResetSorter
  ResultRow Return Rewind RowCell RowData Rowid RowSetAdd RowSetRead RowSetTest SCopy SeekEnd SeekGE
  SeekGT SeekHit SeekLE SeekLT SeekRowid SeekScan Sequence SequenceTest SetSubtype ShiftLeft
  ShiftRight SoftNull Sort SorterCompare SorterData SorterInsert SorterNext SorterOpen SorterSort
  String String8 Subtract TableLock Trace TypeCheck Variable VCheck VColumn VFilter VInitIn VNext
  VOpen Yield ZeroOrNull`.split(/\s+/),
);
