// Rules of the house that the linter does not see, or sees only while its own settings stand: this reads every source.
import { describe, expect, it } from 'bun:test';

import { parseSync, Visitor } from 'oxc-parser';

import { readSource, sourceFiles } from './kit/sources.ts';

const LONGEST = 300;
const SUPPRESSION =
  /(?:oxlint|eslint)-disable|@ts-(?:expect-error|ignore|nocheck)|(?:c8|istanbul|v8) ignore|knip-ignore/;
const REASON = /-- \S+ \S+/;
const RUNNERS = new Set(['it', 'test', 'describe']);
const NOT_ALL = new Set(['skip', 'todo', 'only', 'failing', 'if', 'skipIf', 'todoIf']);

interface Finding {
  readonly start: number;
}

/** `file:line`, as an editor opens it. */
const placeOf = (file: string, source: string, { start }: Finding): string =>
  `${file}:${source.slice(0, start).split('\n').length}`;

interface Findings {
  readonly anys: readonly Finding[];
  readonly skips: readonly Finding[];
  readonly suppressions: readonly Finding[];
}

const findingsIn = (file: string, source: string): Findings => {
  const { program, comments } = parseSync(file, source);
  const anys: Finding[] = [];
  const skips: Finding[] = [];
  new Visitor({
    TSAnyKeyword: (node) => void anys.push(node),
    MemberExpression: (node) => {
      const { object, property } = node;
      const isTest = object.type === 'Identifier' && RUNNERS.has(object.name);
      if (isTest && property.type === 'Identifier' && NOT_ALL.has(property.name)) skips.push(node);
    },
  }).visit(program);
  const suppressions = comments.filter(
    ({ value }) => SUPPRESSION.test(value) && !REASON.test(value),
  );
  return { anys, skips, suppressions };
};

const tree = sourceFiles().map((file) => {
  const source = readSource(file);
  return { file, source, findings: findingsIn(file, source) };
});

const found = (kind: keyof Findings): string[] =>
  tree.flatMap(({ file, source, findings }) =>
    findings[kind].map((finding) => placeOf(file, source, finding)),
  );

describe('no source', () => {
  it(`is longer than ${LONGEST} lines`, () => {
    const long = tree.filter(({ source }) => source.trimEnd().split('\n').length > LONGEST);
    expect(long.map(({ file }) => file)).toEqual([]);
  });

  it('says any', () => {
    expect(found('anys')).toEqual([]);
  });

  it('leaves a test out, runs one alone, or expects it to fail', () => {
    expect(found('skips')).toEqual([]);
  });

  it('silences a tool without the reason after two hyphens', () => {
    expect(found('suppressions')).toEqual([]);
  });
});

describe('these rules', () => {
  it.each([
    ['anys', 'const x: any = 1;'],
    ['anys', 'const x = y as unknown as Map<string, any>;'],
    ['skips', "it.skip('does', () => {});"],
    ['skips', "describe.only('a', () => {});"],
    ['skips', "test.todo.each([])('a', () => {});"],
    ['suppressions', '// @ts-expect-error'],
    ['suppressions', '/* oxlint-disable no-console */'],
    ['suppressions', '// oxlint-disable-next-line no-console -- why'],
  ] as const)('find %s in: %s', (kind, source) => {
    expect(findingsIn('x.ts', source)[kind]).toHaveLength(1);
  });

  it.each([
    "const any = 'any'; // any",
    "it.each([])('does', () => {});",
    "const text = '// @ts-ignore';",
    '// oxlint-disable-next-line no-console -- the one place that logs',
  ])('find nothing in: %s', (source) => {
    expect(findingsIn('x.ts', source)).toEqual({ anys: [], skips: [], suppressions: [] });
  });
});
