// One local cloud per folder: two would both write `.alchemy` and each take the other's state for its own.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';

import { isAlive } from '../runner/processes.ts';

export interface Lock {
  release(): void;
}

/** Takes the lock, also from a holder that is no longer alive. */
export const takeLock = (file: string): Lock | { readonly heldBy: number } => {
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return { release: () => rmSync(file, { force: true }) };
    } catch {
      const holder = holderOf(file);
      if (holder !== undefined && isAlive(holder)) return { heldBy: holder };
      rmSync(file, { force: true });
    }
  }
};

const holderOf = (file: string): number | undefined => {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return Number.isInteger(pid) && pid > 0 && pid !== process.pid ? pid : undefined;
  } catch {
    return undefined;
  }
};
