// A plan of a very large stack, cut down to what fits into one message: the rows stay, what changes in them goes first.
// The digest stands for all of it either way.
import type { Plan } from '../contract/plan.ts';
import { MAX_MESSAGE_BYTES, type Outcome } from '../contract/runner-protocol.ts';
import { bytesOf } from '../lib/hash.ts';

/** For what stands around it in the message. */
const ENVELOPE_BYTES = 10_000;

const sizeOf = (value: unknown): number => bytesOf(JSON.stringify(value)).length;

export const fitPlan = (plan: Plan, limit = MAX_MESSAGE_BYTES - ENVELOPE_BYTES): Plan => {
  for (const kept of [500, 50, 10, 3, 0]) {
    const resources = plan.resources.map((row) => ({
      ...row,
      properties: row.properties.slice(0, kept),
    }));
    const fitted = kept === 500 ? plan : { ...plan, resources };
    if (sizeOf(fitted) <= limit) return fitted;
  }
  const { drift: _drift, ...rest } = plan;
  return { ...rest, resources: plan.resources.map((row) => ({ ...row, properties: [] })) };
};

/** Of an outcome's parts the plan, the drift and the snapshot may be large; each is also worth having without the others. */
export const fitOutcome = (outcome: Outcome): Outcome => {
  const limit = MAX_MESSAGE_BYTES - ENVELOPE_BYTES;
  if (sizeOf(outcome) <= limit || outcome.status !== 'succeeded') return outcome;
  const { plan, drift, ...rest } = outcome;
  const room = limit - sizeOf(rest);
  const lean = drift && {
    ...drift,
    resources: drift.resources.map((resource) => ({ ...resource, properties: [] })),
  };
  return {
    ...rest,
    ...(plan && { plan: fitPlan(plan, room) }),
    ...(lean && { drift: lean }),
  };
};
