import { describe, expect, it } from 'bun:test';

import fc from 'fast-check';

import { digestOf, planOf } from '../../../test/kit/operations.ts';
import type { PlannedResource } from '../../contract/plan.ts';
import { differenceInWords, planDifference } from './plan-difference.ts';

const resource = (id: string, changes: Partial<PlannedResource> = {}): PlannedResource => ({
  id,
  type: 'Cloudflare.Worker',
  action: 'update',
  properties: [],
  ...changes,
});
const property = (path: string, to: string) => ({ path, from: null, to });
const plan = (resources: PlannedResource[], fingerprints: Record<string, string> = {}) =>
  planOf('deploy', 'prod', { resources, fingerprints });

describe('the difference between two plans', () => {
  it.each([
    [
      'an action',
      [resource('api')],
      [resource('api', { action: 'replace' })],
      'api (update → replace)',
    ],
    ['a new resource', [], [resource('api')], 'api (not in the plan → update)'],
    ['a resource that is gone', [resource('api')], [], 'api (update → not in the plan)'],
    [
      'properties',
      [resource('api', { properties: [property('main', 'a'), property('name', 'x')] })],
      [resource('api', { properties: [property('main', 'b'), property('name', 'x')] })],
      'api (main)',
    ],
    [
      'many properties',
      [resource('api')],
      [resource('api', { properties: ['a', 'b', 'c', 'd'].map((path) => property(path, 'x')) })],
      'api (a, b, c, …)',
    ],
  ] as const)('names %s', (_, before, after, expected) => {
    expect(planDifference(plan([...before]), plan([...after]))).toEqual([expected]);
  });

  it('names a resource whose content alone has moved, and Alchemy’s state', () => {
    const before = plan([resource('api')], { api: digestOf('1'), '*': digestOf('1') });
    const after = plan([resource('api')], { api: digestOf('2'), '*': digestOf('2') });
    expect(planDifference(before, after)).toEqual([
      'api (files, secrets or state behind it)',
      'Alchemy’s state',
    ]);
  });

  it('names what no plan shows, and yet stands in the fingerprints', () => {
    const [before, after] = [plan([], { api: digestOf('1') }), plan([], { api: digestOf('2') })];
    expect(planDifference(before, after)).toEqual(['api (files, secrets or state behind it)']);
  });

  it('is never empty, since it is asked for where digests differ', () => {
    expect(planDifference(plan([]), plan([]))).toEqual(['something the plan depends on']);
  });

  it('is in words of bounded length', () => {
    const many = Array.from({ length: 40 }, (_, n) => resource(`worker-${n}`));
    const words = differenceInWords(plan([]), plan(many));
    expect(words).toEndWith('; and 30 more');
    expect(words.split('; ')).toHaveLength(11);
    expect(words).toStartWith('worker-0 (not in the plan → update); worker-1 ');
    expect(differenceInWords(plan([]), plan(many.slice(0, 11)))).toEndWith('; and 1 more');
    const ten = differenceInWords(plan([]), plan(many.slice(0, 10)));
    expect(ten.split('; ')).toHaveLength(10);
    expect(ten).not.toContain('more');
  });

  it('is of each resource’s own values, its paths sorted and all told while they are three', () => {
    const api = (to: string) =>
      resource('api', { properties: ['c', 'a', 'b'].map((path) => property(path, to)) });
    const web = (to: string) => resource('web', { properties: [property('main', to)] });
    expect(planDifference(plan([web('x'), api('x')]), plan([web('y'), api('y')]))).toEqual([
      'api (a, b, c)',
      'web (main)',
    ]);
  });

  it('names each resource that moved, and no other', () => {
    const ids = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'));
    fc.assert(
      fc.property(ids, ids, (all, moved) => {
        const prints = (of: string) =>
          Object.fromEntries(all.map((id) => [id, digestOf(moved.includes(id) ? of : id)]));
        const named = planDifference(
          plan(
            all.map((id) => resource(id)),
            prints('before'),
          ),
          plan(
            all.map((id) => resource(id)),
            prints('after'),
          ),
        );
        const expected = all
          .filter((id) => moved.includes(id))
          .toSorted()
          .map((id) => `${id} (files, secrets or state behind it)`);
        expect(named).toEqual(expected.length > 0 ? expected : ['something the plan depends on']);
      }),
    );
  });
});
