import { describe, expect, it } from 'bun:test';

import { readSource } from '../kit/sources.ts';
import { staleEquivalents } from './equivalents.ts';
import { mutantsOf, mutated } from './mutants.ts';

const lies = (source: string): string[] =>
  mutantsOf('x.ts', source).map((mutant) => mutated(source, mutant));

const conditions = (source: string): string[] =>
  mutantsOf('x.ts', source)
    .filter(({ kind }) => kind === 'condition')
    .map((mutant) => mutated(source, mutant));

describe('the mutants of a source', () => {
  it('hold each atomic condition true, and false', () => {
    expect(conditions('const x = a && !b ? c : d;').toSorted()).toEqual([
      'const x = a && !false ? c : d;',
      'const x = a && !true ? c : d;',
      'const x = false && !b ? c : d;',
      'const x = true && !b ? c : d;',
    ]);
  });

  it('put an operator’s neighbours in its place', () => {
    expect(lies('const x = a < b;')).toContain('const x = a <= b;');
    expect(lies('const x = a < b;')).toContain('const x = a >= b;');
    expect(lies('const x = list?.some(f);')).toEqual([
      'const x = list.some(f);',
      'const x = list?.every(f);',
    ]);
  });

  it('change literals, but no type, no import, no key and no prose', () => {
    expect(lies("const x = { a: 1, 'b': true, c: 'code' };")).toEqual([
      "const x = { a: (1 + 1), 'b': true, c: 'code' };",
      "const x = { a: 1, 'b': false, c: 'code' };",
      "const x = { a: 1, 'b': true, c: '' };",
    ]);
    for (const same of [
      "import { a } from './a.ts';",
      "type A = 'a' | 1;",
      "const x: 'a' | undefined = y as 1;",
      "const x = 'Two words.';",
      'const x = `Two words of ${a}.`;',
    ])
      expect(lies(same)).toEqual([]);
  });

  it('leave out a return, and a statement', () => {
    expect(lies('function f() { g(); return h; }')).toEqual([
      'function f() { ; return h; }',
      'function f() { g(); return undefined; }',
    ]);
  });
});

describe('the list of equivalent mutants', () => {
  it('speaks of mutants that there are', () => {
    expect(staleEquivalents(readSource)).toEqual([]);
  });
});
