// One local cloud per folder: two would both write `.alchemy` and each take the other's state for its own.
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

import { startOf } from '../runner/processes.ts';

export interface Lock {
  release(): void;
}

/** Takes the lock, also from a holder that is no longer alive. */
export const takeLock = (file: string): Lock | { readonly heldBy: number } => {
  for (;;) {
    // Written apart and then given its name: nobody finds the file with nothing in it yet.
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, `${process.pid} ${startOf(process.pid)}`);
    try {
      linkSync(draft, file);
      return { release: () => rmSync(file, { force: true }) };
    } catch (error) {
      // Where no file can be written, trying again would go on for ever.
      if (!isTaken(error)) throw error;
      const holder = holderOf(file);
      if (holder !== undefined) return { heldBy: holder };
      rmSync(file, { force: true });
    } finally {
      rmSync(draft, { force: true });
    }
  }
};

const isTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EEXIST';

/** The living process that took the lock. A number alone is no proof: after a while another process has it. */
const holderOf = (file: string): number | undefined => {
  try {
    const [pid = 0, startedAt] = readFileSync(file, 'utf8').split(' ').map(Number);
    return pid > 0 && pid !== process.pid && startOf(pid) === startedAt ? pid : undefined;
  } catch {
    return undefined;
  }
};
