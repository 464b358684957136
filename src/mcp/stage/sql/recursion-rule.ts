// Part of the fourth layer: a recursion that nothing ends. Such a query keeps D1 busy until the platform stops it, and
// nobody else is answered meanwhile. This catches a slip, not intent: `WHERE 1` passes, and so does any huge join. What
// stops those is the platform's own limit, and locally the watch that `bun start` keeps.
import type { Result } from '../../../lib/result.ts';
import { type Refusal, refuse } from './refusal.ts';
import { type SyntaxNode, childOf, nameOf, nodesOf } from './syntax-tree.ts';

/** `node` is one WITH table. Undefined when it does not refer to itself, or something may end it. */
export function checkRecursion(node: SyntaxNode): Result<never, Refusal> | undefined {
  const name = nameOf(childOf(node, 'tblName'));
  const select = childOf(node, 'select');
  if (select === undefined || childOf(select, 'limit')) return undefined;
  const isEndless = [...nodesOf(select)].some(
    (part) => part.type === 'CompoundSelect' && isRecursive(part, name) && !hasCondition(part),
  );
  return isEndless
    ? refuse(
        'SQL_UNBOUNDED_RECURSION',
        'The recursive part has no WHERE, ON or LIMIT that ends it.',
      )
    : undefined;
}

const isRecursive = (term: SyntaxNode, name: string): boolean =>
  [...nodesOf(term)].some(
    (part) => part.type === 'QualifiedName' && nameOf(childOf(part, 'objName')) === name,
  );

const hasCondition = (term: SyntaxNode): boolean => {
  const select = childOf(term, 'select');
  return (
    select !== undefined &&
    (childOf(select, 'whereClause') !== undefined ||
      [...nodesOf(select)].some((part) => CONDITIONS.has(part.type)))
  );
};

const CONDITIONS: ReadonlySet<string> = new Set(['OnJoinConstraint', 'UsingJoinConstraint']);
