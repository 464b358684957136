// The chain of the journal: each entry's hash covers all its fields and the hash of the entry before it, so that nothing
// can be changed, left out or put in between without every later hash being wrong. No storage here.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

import { type JournalEntry, journalEntrySchema } from '../../contract/operation.ts';
import { bytesOf } from '../../lib/hash.ts';

/** What stands before the first entry. */
export const GENESIS = '0'.repeat(64);

export interface Link {
  readonly seq: number;
  readonly hash: string;
}

export const START: Link = { seq: 0, hash: GENESIS };

type Unhashed = Omit<JournalEntry, 'hash'>;

/** Canonical JSON: every field but `hash`, keys in alphabetical order. Synchronous, to be taken within a transaction. */
const hashOf = (entry: Unhashed): string =>
  bytesToHex(
    sha256(
      bytesOf(
        JSON.stringify({
          approver: entry.approver,
          argumentsHash: entry.argumentsHash,
          at: entry.at,
          digest: entry.digest,
          fence: entry.fence,
          kind: entry.kind,
          operationId: entry.operationId,
          outcome: entry.outcome,
          prev: entry.prev,
          requester: { client: entry.requester.client, subject: entry.requester.subject },
          seq: entry.seq,
          stage: entry.stage,
          tool: entry.tool,
          type: entry.type,
        }),
      ),
    ),
  );

export const chained = (
  after: Link,
  fields: Omit<JournalEntry, 'seq' | 'prev' | 'hash'>,
): JournalEntry => {
  const entry = { ...fields, seq: after.seq + 1, prev: after.hash };
  return { ...entry, hash: hashOf(entry) };
};

export interface Problem {
  readonly seq: number;
  readonly reason: string;
}

/** Is `found` what was written after `before`? If so it is the link that the next one is held against. */
export const checkLink = (before: Link, found: unknown): Link | Problem => {
  const seq = before.seq + 1;
  const parsed = journalEntrySchema.safeParse(found);
  if (!parsed.success) return { seq, reason: 'A field is not of the form it is written in.' };
  const entry = parsed.data;
  if (entry.seq !== seq) return { seq, reason: `Entry ${seq} is missing.` };
  if (entry.prev !== before.hash)
    return { seq, reason: 'It does not follow from the entry before it.' };
  if (entry.hash !== hashOf(entry)) return { seq, reason: 'It is not what was written.' };
  return { seq, hash: entry.hash };
};

/** Does the last entry found equal the head that is kept apart? Else the tail was cut off, or entries were put on. */
export const checkHead = (last: Link, head: Link): Problem | undefined => {
  if (last.seq < head.seq)
    return { seq: last.seq + 1, reason: `Entries ${last.seq + 1} to ${head.seq} are missing.` };
  if (last.seq > head.seq)
    return { seq: head.seq + 1, reason: 'There are entries after the last one written.' };
  return last.hash === head.hash
    ? undefined
    : { seq: last.seq, reason: 'It is not the last entry that was written.' };
};
