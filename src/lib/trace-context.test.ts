import { describe, expect, it } from 'bun:test';

import { traceIdOf } from './trace-context.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('traceIdOf', () => {
  it.each([
    `00-${TRACE}-00f067aa0ba902b7-01`,
    `00-${TRACE}-00f067aa0ba902b7-00`,
    `cc-${TRACE}-00f067aa0ba902b7-01-what-the-future-will-bring`,
  ])('reads the trace id of %s', (header) => {
    expect(traceIdOf(header)).toBe(TRACE);
  });

  it.each([
    null,
    '',
    `ff-${TRACE}-00f067aa0ba902b7-01`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-00f067aa0ba902b7-01`,
    `00-${TRACE}-00f067aa0ba902b7`,
    `00-${TRACE}-00f067aa0ba902b7-01\n{"level":"ERROR"}`,
  ])('takes nothing from %p', (header) => {
    expect(traceIdOf(header)).toBeUndefined();
  });
});
