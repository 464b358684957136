import { describe, expect, it } from 'bun:test';

import type { OperationEvent } from '../contract/runner.ts';
import { createProgress } from './progress.ts';

const shown = (...events: OperationEvent[]): string[] => {
  const lines: string[] = [];
  const onEvent = createProgress((line) => lines.push(line));
  for (const event of events) onEvent(event);
  return lines;
};

const resource = (status: string): OperationEvent => ({
  type: 'resource',
  id: 'demo-db',
  resourceType: 'Cloudflare.D1Database',
  status,
});

describe('createProgress', () => {
  it('shows a resource once, when it has settled', () => {
    const lines = shown(resource('creating'), resource('created'), resource('updated'));
    expect(lines).toEqual(['  + demo-db                  D1Database           created']);
  });

  it('marks a resource that failed', () => {
    expect(shown(resource('fail'))).toEqual([
      '  ✗ demo-db                  D1Database           failed',
    ]);
  });

  it('does not let a deletion look like a creation', () => {
    expect(shown(resource('deleted'))).toEqual([
      '  - demo-db                  D1Database           deleted',
    ]);
  });

  it('says so when nothing has to change', () => {
    expect(shown({ type: 'planned', total: 9, changing: 0 })).toEqual([
      'All 9 resources are in place',
    ]);
  });

  it('tells a phase once, and none that means nothing to a reader', () => {
    const reading: OperationEvent = { type: 'phase', phase: 'importing-module' };
    expect(shown(reading, { type: 'phase', phase: 'plan-ready' }, reading)).toEqual([
      'Reading alchemy.run.ts …',
    ]);
  });
});
