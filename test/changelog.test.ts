import { expect, it } from 'bun:test';

import { MANIFEST } from './kit/packed.ts';
import { readSource } from './kit/sources.ts';

const text = await Bun.file(new URL('../CHANGELOG.md', import.meta.url)).text();
const entries = [...text.matchAll(/^## \[(.+?)\] - (.+)$/gm)];

it('the newest entry of the changelog is of the package’s version', () => {
  expect(entries[0]?.[1]).toBe(MANIFEST.version);
});

it('the server tells its clients the version of the package', () => {
  expect(readSource('src/mcp/server.ts')).toContain(`version: '${MANIFEST.version}' }`);
});

it('every entry of the changelog has a date or is unreleased, and a link', () => {
  for (const [, version = '', date = ''] of entries) {
    expect(date).toMatch(/^(?:unreleased|\d{4}-\d\d-\d\d)$/);
    expect(text).toContain(`\n[${version}]: https://`);
  }
});
