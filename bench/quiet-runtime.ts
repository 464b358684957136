// The runtime with nobody reading its log. A program on the same two cores that wakes for every line costs the server a
// quarter of a call, and no such program runs beside a deployed Worker: the line is still made and written.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

const FOLDER = new URL('../.cache/bench', import.meta.url).pathname;
const RUNTIME = 'MINIFLARE_WORKERD_PATH';

const runtime = z.object({ default: z.string() });

/** Whatever Miniflare starts within `work` has no log. */
export const withoutLog = async <T>(work: () => Promise<T>): Promise<T> => {
  const script = join(FOLDER, 'workerd');
  mkdirSync(FOLDER, { recursive: true });
  // `exec`: the process is the runtime's own, with its name and its id.
  writeFileSync(script, `#!/bin/sh\nexec '${await pathOfRuntime()}' "$@" >/dev/null\n`);
  chmodSync(script, 0o755);
  const before = process.env[RUNTIME];
  process.env[RUNTIME] = script;
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env[RUNTIME];
    else process.env[RUNTIME] = before;
  }
};

const pathOfRuntime = async (): Promise<string> => {
  const miniflare = Bun.resolveSync('miniflare', import.meta.dir);
  return runtime.parse(await import(Bun.resolveSync('workerd', miniflare))).default;
};
