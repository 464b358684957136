import { describe, expect, it, setDefaultTimeout } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';

import { startAccount } from './account.ts';
import { clientOf } from './api-client.ts';

const WORKER = "export default { fetch: () => new Response('hello') };";

// It starts a workerd, on a machine that may be busy.
setDefaultTimeout(30_000);

describe('an account that is closed', () => {
  it('leaves no process behind', async () => {
    const before = children();
    const other = await startAccount();
    await clientOf(other).serve('brief', WORKER);
    await other.fetch(clientOf(other).hostOf('brief'), '/');
    const started = children().filter((pid) => !before.includes(pid));
    expect(started).not.toEqual([]);
    await other[Symbol.asyncDispose]();
    expect(children().filter((pid) => started.includes(pid))).toEqual([]);
  });
});

/** The processes that this one has started. */
const children = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/status`, 'utf8').includes(`PPid:\t${process.pid}\n`);
      } catch {
        return false;
      }
    });
