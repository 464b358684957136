// One source file → the small lies that can be told in it, one at a time: a condition that always or never holds, an
// operator for its neighbour, a literal for another, a return or a statement left out. Types, imports and prose (texts
// with a space in them) are left alone: what is judged is what a rule decides, not how it words it.
import { type Node, parseSync, Visitor, type VisitorObject } from 'oxc-parser';

export interface Mutant {
  /** `condition`: one atomic condition held true or false. These alone are the figure for branches. */
  readonly kind: 'condition' | 'operator' | 'literal' | 'return' | 'statement';
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

const NEIGHBOURS: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '**': ['*'],
  '&&': ['||'],
  '||': ['&&'],
  '??': ['&&'],
  '+=': ['-='],
  '-=': ['+='],
  '++': ['--'],
  '--': ['++'],
};

const METHODS: Readonly<Record<string, string>> = {
  some: 'every',
  every: 'some',
  startsWith: 'endsWith',
  endsWith: 'startsWith',
  min: 'max',
  max: 'min',
  ceil: 'floor',
  floor: 'ceil',
};

/** Calls that may as well be left out: `list.filter(…)` → `list`. */
const REMOVABLE = new Set(['filter', 'slice', 'toSorted', 'trim', 'toLowerCase', 'normalize']);

const COMPARISONS = new Set(['<', '<=', '>', '>=', '===', '!==', 'in', 'instanceof']);

type Span = Pick<Node, 'start' | 'end'>;

export const mutantsOf = (file: string, source: string): readonly Mutant[] => {
  const { program } = parseSync(file, source);
  const untouched: Span[] = [];
  const found = new Map<string, Mutant>();
  const textOf = ({ start, end }: Span): string => source.slice(start, end);
  const add = (kind: Mutant['kind'], { start, end }: Span, replacement: string): void => {
    if (source.slice(start, end) === replacement) return;
    const key = `${start}-${end}-${replacement}`;
    // A condition that also is a return value counts as the condition.
    if (!found.has(key) || kind === 'condition') found.set(key, { kind, start, end, replacement });
  };
  const skip = (node: Span): void => void untouched.push(node);

  /** Each atomic condition of what stands where true or false is asked for. */
  const conditionsIn = (node: Node): void => {
    if (node.type === 'ParenthesizedExpression') return conditionsIn(node.expression);
    if (node.type === 'LogicalExpression') {
      conditionsIn(node.left);
      return conditionsIn(node.right);
    }
    if (node.type === 'UnaryExpression' && node.operator === '!')
      return conditionsIn(node.argument);
    add('condition', node, 'true');
    return add('condition', node, 'false');
  };

  const operator = (node: Span, left: Span, right: Span, written: string): void => {
    const between = source.slice(left.end, right.start);
    const at = left.end + between.indexOf(written);
    for (const other of NEIGHBOURS[written] ?? [])
      add('operator', { start: at, end: at + written.length }, other);
    if (COMPARISONS.has(written))
      for (const held of ['true', 'false']) add('condition', node, held);
  };

  const isText = (node: Node): boolean =>
    node.type === 'TemplateLiteral' || (node.type === 'Literal' && typeof node.value === 'string');

  const visitor: VisitorObject = {
    ImportDeclaration: skip,
    ExportAllDeclaration: skip,
    TSTypeAliasDeclaration: skip,
    TSInterfaceDeclaration: skip,
    TSTypeAnnotation: skip,
    TSTypeParameterInstantiation: skip,
    TSTypeParameterDeclaration: skip,
    TSAsExpression: (node) => skip(node.typeAnnotation),
    TSSatisfiesExpression: (node) => skip(node.typeAnnotation),
    IfStatement: ({ test }) => conditionsIn(test),
    ConditionalExpression: ({ test }) => conditionsIn(test),
    WhileStatement: ({ test }) => conditionsIn(test),
    ForStatement: ({ test }) => void (test !== null && conditionsIn(test)),
    UnaryExpression: (node) => {
      if (node.operator !== '!') return;
      conditionsIn(node.argument);
      add('operator', node, textOf(node.argument));
    },
    LogicalExpression: (node) => {
      operator(node, node.left, node.right, node.operator);
      if (node.operator !== '??') conditionsIn(node.left);
    },
    BinaryExpression: (node) => {
      if (node.operator === '+' && (isText(node.left) || isText(node.right))) return;
      operator(node, node.left, node.right, node.operator);
    },
    AssignmentExpression: (node) => operator(node, node.left, node.right, node.operator),
    UpdateExpression: (node) => {
      const at = node.prefix ? node.start : node.end - 2;
      for (const other of NEIGHBOURS[node.operator] ?? [])
        add('operator', { start: at, end: at + 2 }, other);
    },
    MemberExpression: (node) => {
      const { property } = node;
      if (node.computed || property.type !== 'Identifier') return;
      const other = METHODS[property.name];
      if (other !== undefined) add('operator', property, other);
      if (node.optional) add('operator', { start: node.object.end, end: property.start }, '.');
    },
    CallExpression: (node) => {
      const { callee } = node;
      if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return;
      if (REMOVABLE.has(callee.property.name)) add('operator', node, textOf(callee.object));
    },
    ReturnStatement: (node) => {
      // Whoever asks a predicate takes undefined for false; that it is not true, the flipped literal tells.
      if (node.argument !== null && !['undefined', 'false'].includes(textOf(node.argument)))
        add('return', node.argument, 'undefined');
    },
    ArrowFunctionExpression: (node) => {
      if (!node.expression || node.body.type === 'BlockStatement') return;
      if (textOf(node.body) !== 'undefined') add('return', node.body, 'undefined');
    },
    ExpressionStatement: (node) => add('statement', node, ';'),
    ArrayExpression: (node) => {
      if (node.elements.length > 0) add('literal', node, '[]');
    },
    Literal: (node) => {
      if (typeof node.value === 'boolean') add('literal', node, String(!node.value));
      else if (typeof node.value === 'number') add('literal', node, `(${textOf(node)} + 1)`);
      else if (typeof node.value === 'string' && !/\s/.test(node.value))
        add('literal', node, node.value === '' ? "'another'" : "''");
      else if ('regex' in node) anchors(node, textOf(node));
    },
    TemplateLiteral: (node) => {
      const prose = node.quasis.some(({ value }) => /\s/.test(value.raw));
      if (!prose) add('literal', node, '``');
    },
    Property: (node) => {
      // A key is a name, not a value.
      if (!node.computed) skip(node.key);
    },
  };

  const anchors = (node: Span, text: string): void => {
    if (text.startsWith('/^')) add('literal', node, `/${text.slice(2)}`);
    const end = text.lastIndexOf('$/');
    if (end > 0) add('literal', node, text.slice(0, end) + text.slice(end + 1));
  };

  new Visitor(visitor).visit(program);
  const isTouchable = ({ start, end }: Mutant): boolean =>
    !untouched.some((span) => span.start <= start && end <= span.end);
  return [...found.values()].filter(isTouchable).toSorted((a, b) => a.start - b.start);
};

export const mutated = (source: string, { start, end, replacement }: Mutant): string =>
  `${source.slice(0, start)}${replacement}${source.slice(end)}`;
