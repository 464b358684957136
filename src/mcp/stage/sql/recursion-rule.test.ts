import { describe, expect, it } from 'bun:test';

import { parseSelect } from './parse-select.ts';
import { checkRecursion } from './recursion-rule.ts';
import { namesIn } from './statement-rules.ts';

const check = (recursiveTerm: string) => {
  const parsed = parseSelect(`WITH RECURSIVE c(n) AS (SELECT 1 ${recursiveTerm}) SELECT * FROM c`);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return namesIn(parsed.value);
};

describe('a recursion', () => {
  it.each([
    'UNION ALL SELECT n + 1 FROM c',
    'UNION SELECT n + 1 FROM c',
    'UNION ALL SELECT n + 1 FROM "C"',
    'UNION ALL SELECT n + 1 FROM c, users',
    'UNION ALL SELECT 2 UNION ALL SELECT n + 1 FROM c',
    'UNION ALL SELECT n + 1 FROM c WHERE n < 9 UNION ALL SELECT n FROM c',
  ])('is refused when nothing ends it: %s', (term) => {
    expect(check(term)).toMatchObject({ ok: false, error: { code: 'SQL_UNBOUNDED_RECURSION' } });
  });

  it.each([
    'UNION ALL SELECT n + 1 FROM c WHERE n < 9',
    'UNION ALL SELECT n + 1 FROM c LIMIT 10',
    'UNION ALL SELECT users.id FROM users JOIN c ON users.parent = c.n',
    'UNION ALL SELECT users.id FROM users JOIN c USING (n)',
    'UNION ALL SELECT 2',
    'UNION ALL SELECT id FROM users',
  ])('is taken when something does, or when it is none: %s', (term) => {
    expect(check(term)).toMatchObject({ ok: true });
  });

  it('is judged on any tree: what has no statement cannot recur, and a part without one ends nothing', () => {
    expect(checkRecursion({ type: 'CommonTableExpr' })).toBeUndefined();
    const name = { type: 'Name', text: 'c' };
    const part = { type: 'CompoundSelect', from: { type: 'QualifiedName', objName: name } };
    const odd = { type: 'CommonTableExpr', tblName: name, select: { type: 'Select', part } };
    expect(checkRecursion(odd)).toMatchObject({
      ok: false,
      error: { code: 'SQL_UNBOUNDED_RECURSION' },
    });
  });
});
