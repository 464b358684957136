// Alchemy's in-memory plan, narrowed to what rows, digest and warnings read. The plan itself stays what is applied.
import type * as Alchemist from 'alchemy/Alchemist';

import { fieldsOf, listOf, textOf } from '../narrow.ts';

export type Native = Alchemist.Stack.PlanSnapshot['native'];

export interface BoundValue {
  readonly sid: string;
  readonly action: string | undefined;
  readonly data: unknown;
}

/** What a resource was when it was last applied. */
export interface Row {
  readonly status: string;
  readonly mode: string | undefined;
  readonly props: unknown;
  readonly attr: Readonly<Record<string, unknown>>;
  readonly bindings: readonly BoundValue[];
}

export interface PlanNode {
  readonly id: string;
  readonly type: string;
  /** Alchemy's own word. */
  readonly action: string;
  readonly mode: string | undefined;
  readonly isDeletedFirst: boolean;
  readonly removalPolicy: string | undefined;
  readonly renamedFrom: readonly string[];
  readonly downstream: readonly string[];
  /** Undefined for what is deleted. */
  readonly props: unknown;
  readonly bindings: readonly BoundValue[];
  readonly row: Row | undefined;
}

/** Everything that the plan knows of, deletions too, by id. */
export const nodesOf = (native: Native): PlanNode[] =>
  [...Object.values(native.resources), ...Object.values(native.deletions)]
    .filter((node) => node !== undefined)
    .map(nodeOf)
    .toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));

export const isDeletion = ({ action }: Pick<PlanNode, 'action'>): boolean =>
  action === 'delete' || action === 'orphaned';

const nodeOf = (native: object): PlanNode => {
  const node = fieldsOf(native);
  const resource = fieldsOf(node['resource']);
  const policy = resource['RemovalPolicy'];
  return {
    id: textOf(resource['FQN']) ?? '',
    type: textOf(resource['Type']) ?? 'unknown',
    action: textOf(node['action']) ?? 'unknown',
    mode: textOf(node['mode']),
    isDeletedFirst: node['deleteFirst'] === true,
    removalPolicy: textOf(policy),
    renamedFrom: textsOf(node['renamedFrom']),
    downstream: textsOf(node['downstream']),
    props: node['props'],
    bindings: boundValues(node['bindings']),
    row: rowOf(node['state']),
  };
};

const textsOf = (value: unknown): string[] => listOf(value).flatMap((item) => textOf(item) ?? []);

/** What is bound to a Worker, as a plan or a row has it. */
export const boundValues = (value: unknown): BoundValue[] =>
  listOf(value).flatMap((item) => {
    const { sid, action, data } = fieldsOf(item);
    const name = textOf(sid);
    return name === undefined ? [] : [{ sid: name, action: textOf(action), data }];
  });

/** Of a resource that was being updated when something stopped it: what it was before. */
const rowOf = (value: unknown): Row | undefined => {
  const row = fieldsOf(value);
  const status = textOf(row['status']);
  if (status === undefined) return undefined;
  const settled = status === 'updating' ? fieldsOf(row['old']) : row;
  return {
    status,
    mode: textOf(row['providerMode']),
    props: settled['props'],
    attr: fieldsOf(settled['attr'] ?? row['attr']),
    bindings: boundValues(settled['bindings'] ?? row['bindings']),
  };
};

/** The single bindings in all values bound to a Worker. Rows of interrupted creates hold nulls among them. */
export const bindingsOf = (
  values: readonly BoundValue[],
): readonly (Readonly<Record<string, unknown>> & { readonly sid: string })[] =>
  values
    .filter(({ action }) => action !== 'delete')
    .flatMap(({ sid, data }) =>
      listOf(fieldsOf(data)['bindings'])
        .filter((binding) => typeof binding === 'object' && binding !== null)
        .map((binding) => ({ ...fieldsOf(binding), sid })),
    );
