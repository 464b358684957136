// What a process has used so far, from /proc.
import { readFileSync, readdirSync } from 'node:fs';

/** Processor time of all its threads, in microseconds. */
export const cpuMicros = (pid: number): number => {
  const nanos = readdirSync(`/proc/${pid}/task`).map((thread) => {
    try {
      return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    } catch {
      // The thread has ended since.
      return 0;
    }
  });
  return nanos.reduce((sum, each) => sum + each, 0) / 1_000;
};

export const residentMiB = (pid: number): number => {
  const [, kib = '0'] =
    /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / 1_024;
};
