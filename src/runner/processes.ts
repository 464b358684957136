// Ending exactly the processes we started, and no other. workerd inherits its parents' environment, so a mark in it
// finds every descendant, also one whose parent was killed. On systems without /proc there is nothing to read, and the
// host's own clean end has to do.
import { readFileSync, readdirSync } from 'node:fs';

import { MARK } from './local-cloud/mark.ts';

const GRACE_MS = 2_000;
const POLL_MS = 50;

const marked = (mark: string): number[] =>
  processIds().filter(
    (pid) => pid !== process.pid && environmentOf(pid).includes(`${MARK}=${mark}`),
  );

const processIds = (): number[] => {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
};

/** Empty when the process is gone meanwhile, or another user's. */
const environmentOf = (pid: number): string[] => readProc(pid, 'environ').split('\0');

const signal = (pids: readonly number[], name: NodeJS.Signals): void => {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It ended by itself between the look and the signal.
    }
  }
};

/** Ends all processes that carry the mark: asks first, then insists. */
export const endMarked = async (mark: string): Promise<void> => {
  signal(marked(mark), 'SIGTERM');
  for (let waitedMs = 0; waitedMs < GRACE_MS && marked(mark).length > 0; waitedMs += POLL_MS)
    await Bun.sleep(POLL_MS);
  signal(marked(mark), 'SIGKILL');
};

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** The processes above `pid`, nearest first, with their command lines. Empty where there is no /proc. */
export const ancestors = (pid: number): { pid: number; command: string }[] => {
  const parent = parentOf(pid);
  return parent === undefined || parent <= 1
    ? []
    : [{ pid: parent, command: commandOf(parent) }, ...ancestors(parent)];
};

const parentOf = (pid: number): number | undefined => statField(pid, 4);

/** When a living process began, in ticks since boot: with its number, its name for life. 0 where there is no /proc. */
export const startOf = (pid: number): number | undefined =>
  isAlive(pid) && !isZombie(pid) ? (statField(pid, 22) ?? 0) : undefined;

/** Dead, and kept in the table only until its parent asks how it ended. */
const isZombie = (pid: number): boolean => statText(pid, 3) === 'Z';

const statField = (pid: number, number: number): number | undefined => {
  const value = Number(statText(pid, number) ?? NaN);
  return Number.isInteger(value) ? value : undefined;
};

/** A field of /proc/pid/stat, numbered as in proc(5). The second may hold spaces and parentheses, so count from its end. */
const statText = (pid: number, number: number): string | undefined => {
  const stat = readProc(pid, 'stat');
  return stat === '' ? undefined : stat.slice(stat.lastIndexOf(')') + 2).split(' ')[number - 3];
};

const commandOf = (pid: number): string => readProc(pid, 'cmdline').replaceAll('\0', ' ').trim();

const readProc = (pid: number, name: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return '';
  }
};
