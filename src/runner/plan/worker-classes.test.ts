import { describe, expect, it } from 'bun:test';

import type { BoundValue, PlanNode } from './node.ts';
import { classesOf, lostClasses } from './worker-classes.ts';

const bound = (sid: string, className: string, scriptName?: string): BoundValue => ({
  sid,
  action: undefined,
  data: {
    bindings: [null, { type: 'durable_object_namespace', name: sid, className, scriptName }],
  },
});

const worker = (over: Partial<PlanNode>): PlanNode => ({
  id: 'app',
  type: 'Cloudflare.Worker',
  action: 'update',
  mode: 'local',
  isDeletedFirst: false,
  removalPolicy: undefined,
  renamedFrom: [],
  downstream: [],
  props: {},
  bindings: [],
  row: {
    status: 'created',
    mode: 'local',
    props: {},
    attr: { durableObjectNamespaces: { ChatDO: 'app-ChatDO' } },
    bindings: [bound('CHAT', 'ChatDO')],
  },
  ...over,
});

describe('lostClasses', () => {
  it('finds the class that is bound no more', () => {
    expect(lostClasses(worker({}))).toEqual(['ChatDO']);
    expect(lostClasses(worker({ bindings: [bound('CHAT', 'ChatDO')] }))).toEqual([]);
  });

  it('finds every class of a Worker that is deleted or replaced', () => {
    for (const action of ['delete', 'replace'])
      expect(lostClasses(worker({ action, bindings: [bound('CHAT', 'ChatDO')] }))).toEqual([
        'ChatDO',
      ]);
  });

  it('finds none in a Worker that is left alone, new, or kept when it leaves the stack', () => {
    for (const action of ['noop', 'create', 'orphaned'])
      expect(lostClasses(worker({ action }))).toEqual([]);
  });

  it('takes a class under the same binding for renamed, but not in the local cloud', () => {
    const bindings = [bound('CHAT', 'Conversation')];
    expect(lostClasses(worker({ bindings, mode: 'live' }))).toEqual([]);
    expect(lostClasses(worker({ bindings }))).toEqual(['ChatDO']);
  });

  it('does not count a class that another script exports', () => {
    const attr = { durableObjectNamespaces: { ChatDO: 'id', Own: 'id' } };
    const bindings = [bound('CHAT', 'ChatDO', 'other-script'), bound('OWN', 'Own')];
    expect(classesOf(attr, bindings)).toEqual(['Own']);
  });
});
