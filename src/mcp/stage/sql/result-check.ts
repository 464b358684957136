// Seventh layer: what the database says it did. It must have changed nothing. If it did, every layer before was wrong,
// so the rows are withheld and the tool stays closed for that database until somebody has looked.
import { z } from 'zod';

const readMeta = z.object({
  changed_db: z.literal(false),
  changes: z.literal(0),
  rows_written: z.literal(0),
});

/** Unknown or missing figures are no proof, so they do not pass. */
export const changedNothing = (meta: unknown): boolean => readMeta.safeParse(meta).success;

/** Databases on which a read once changed something. Kept in memory: a restart is the operator's reset. */
export interface Breaker {
  isOpen(database: string): boolean;
  open(database: string): void;
}

export function createBreaker(): Breaker {
  const breached = new Set<string>();
  return {
    isOpen: (database) => breached.has(database),
    open: (database) => void breached.add(database),
  };
}
