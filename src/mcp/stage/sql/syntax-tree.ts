// Walks the parser's tree without trusting its shape: every object that has a `type` is a node, wherever it hangs. A
// visitor that knows the shape would silently miss a child added by the next version of the parser.

export interface SyntaxNode {
  readonly type: string;
}

/** Every node below and including `root`, without recursion: trees of long sums are as deep as they are long. */
export function* nodesOf(root: object): Generator<SyntaxNode> {
  const waiting: object[] = [root];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (isNode(next)) yield next;
    for (const child of Object.values(next)) if (isObject(child)) waiting.push(child);
  }
}

/** The node at `key`, when there is one. */
export function childOf(node: object, key: string): SyntaxNode | undefined {
  const child: unknown = Reflect.get(node, key);
  return isObject(child) && isNode(child) ? child : undefined;
}

/** The text at `key`, when it is one. */
export function textOf(node: object | undefined, key: string): string | undefined {
  const text: unknown = node && Reflect.get(node, key);
  return typeof text === 'string' ? text : undefined;
}

/** ASCII only, as SQLite compares names: `toLowerCase` would also fold the Kelvin sign into k. */
export const foldCase = (name: string): string =>
  name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** What a Name node says, folded as SQLite compares names. */
export const nameOf = (node: object | undefined): string => foldCase(textOf(node, 'text') ?? '');

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isNode = (value: object): value is SyntaxNode =>
  'type' in value && typeof value.type === 'string';
