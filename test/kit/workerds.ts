// The workerds this process has started, to end one the hard way.
import { readdirSync, readFileSync } from 'node:fs';

export const workerds = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((id) => {
      try {
        const [name, parent] =
          /\((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${id}/stat`, 'utf8'))?.slice(1) ?? [];
        return name === 'workerd' && Number(parent) === process.pid;
      } catch {
        // It has ended while we looked.
        return false;
      }
    })
    .map(Number);
