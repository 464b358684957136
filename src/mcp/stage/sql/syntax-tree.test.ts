import { describe, expect, it } from 'bun:test';

import { childOf, foldCase, nameOf, nodesOf, textOf } from './syntax-tree.ts';

describe('a tree of any shape', () => {
  it('gives every object that has a type, wherever it hangs', () => {
    const tree = {
      type: 'Root',
      list: [{ type: 'First' }, [{ type: 'Second' }], null, 'text', 7],
      nameless: { kind: 'none', inner: { type: 'Third' }, type: 7 },
    };
    expect([...nodesOf(tree)].map(({ type }) => type).toSorted()).toEqual([
      'First',
      'Root',
      'Second',
      'Third',
    ]);
    expect([...nodesOf({})]).toEqual([]);
  });

  it('may be as deep as it is long', () => {
    let tree: object = { type: 'Leaf' };
    for (let depth = 1; depth < 100_000; depth++) tree = { type: 'Node', left: tree };
    expect([...nodesOf(tree)]).toHaveLength(100_000);
  });

  it('has a child where a node hangs, and nothing where something else does', () => {
    const child = { type: 'Child' };
    expect(childOf({ at: child }, 'at')).toBe(child);
    for (const other of [undefined, null, 'Child', {}, { type: 7 }, [child]])
      expect(childOf({ at: other }, 'at')).toBeUndefined();
  });

  it('has a text where a text hangs', () => {
    expect(textOf({ text: 'Users' }, 'text')).toBe('Users');
    for (const other of [undefined, null, 7, { text: 'Users' }])
      expect(textOf({ text: other }, 'text')).toBeUndefined();
    expect(textOf(undefined, 'text')).toBeUndefined();
  });

  it('names without regard to the case of ASCII letters, and no other', () => {
    expect(nameOf({ text: 'UserS' })).toBe('users');
    expect(foldCase('\u212AÅ_A-Z')).toBe('\u212AÅ_a-z');
    expect([nameOf(undefined), nameOf({}), nameOf({ text: 7 })]).toEqual(['', '', '']);
  });
});
