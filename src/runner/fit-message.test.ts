import { describe, expect, it } from 'bun:test';

import type { Plan } from '../contract/plan.ts';
import { MAX_MESSAGE_BYTES } from '../contract/runner-protocol.ts';
import { fitOutcome, fitPlan } from './fit-message.ts';

const large = (resources: number, properties: number): Plan => ({
  verb: 'deploy',
  stack: 'demo',
  stage: 'prod',
  digest: '0'.repeat(64),
  fingerprints: {},
  resources: Array.from({ length: resources }, (_, index) => ({
    id: `resource-${index}`,
    type: 'Cloudflare.Worker',
    action: 'create',
    properties: Array.from({ length: properties }, (__, at) => ({
      path: `env.VARIABLE_${at}`,
      from: null,
      to: 'x'.repeat(100),
    })),
  })),
  warnings: [],
  losses: [],
});

describe('fitting into a message', () => {
  it('leaves a plan alone that fits', () => {
    const plan = large(3, 3);
    expect(fitPlan(plan)).toBe(plan);
  });

  it('cuts properties, never rows or the digest', () => {
    const plan = large(500, 60);
    const fitted = fitPlan(plan);
    expect(JSON.stringify(fitted).length).toBeLessThan(MAX_MESSAGE_BYTES);
    expect(fitted.resources.map(({ id }) => id)).toEqual(plan.resources.map(({ id }) => id));
    expect(fitted.digest).toBe(plan.digest);
  });

  it('makes an outcome fit as well', () => {
    const outcome = fitOutcome({ status: 'succeeded', plan: large(500, 60) });
    expect(JSON.stringify(outcome).length).toBeLessThan(MAX_MESSAGE_BYTES);
  });
});
