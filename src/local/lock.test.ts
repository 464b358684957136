import { afterAll, describe, expect, it } from 'bun:test';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startOf } from '../runner/processes.ts';
import { takeLock } from './lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'lock-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('takeLock', () => {
  it('is free again once released', () => {
    const file = join(folder, 'a');
    const lock = takeLock(file);
    if ('heldBy' in lock) throw new Error('held');
    lock.release();
    expect(existsSync(file)).toBe(false);
  });

  it('names the living process that holds it', () => {
    const file = join(folder, 'b');
    writeFileSync(file, `${process.ppid} ${startOf(process.ppid)}`);
    expect(takeLock(file)).toEqual({ heldBy: process.ppid });
  });

  it('fails where no file can be written, instead of trying for ever', () => {
    expect(() => takeLock(join(folder, 'missing', 'd'))).toThrow('ENOENT');
  });

  it.each(['4194304 1', `${process.ppid} 1`, 'nonsense', ''])(
    'takes over from a holder that is gone (%p)',
    (content) => {
      const file = join(folder, 'c');
      writeFileSync(file, content);
      expect(takeLock(file)).toHaveProperty('release');
    },
  );
});
