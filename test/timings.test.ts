// The list by which `bun run test` lets the long files begin first, held to the tree.
import { describe, expect, it } from 'bun:test';
import { existsSync } from 'node:fs';

import { ROOT, readSource, sourceFiles } from './kit/sources.ts';

const timings = JSON.parse(readSource('test/timings.json')) as { files: Record<string, number> };
const listed = Object.keys(timings.files);

describe('the list of files that take long', () => {
  it('names no file that is not there', () => {
    expect(listed.filter((file) => !existsSync(ROOT + file))).toEqual([]);
  });

  it('has every test that starts whole programs', () => {
    const whole = sourceFiles().filter((file) => /^test\/system\/.*\.test\.ts$/.test(file));
    expect(whole.length).toBeGreaterThan(10);
    expect(whole.filter((file) => !listed.includes(file))).toEqual([]);
  });
});
