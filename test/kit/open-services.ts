// What an app is served with where the test is about none of it: everybody is let in, nothing is counted.
import type { Services } from '../../src/mcp/app.ts';
import { createAuthenticate } from '../../src/mcp/auth.ts';
import { ownStage } from '../../src/mcp/own-stage.ts';
import { createRecogniseRunner } from '../../src/mcp/runner-caller.ts';
import type { Settings } from '../../src/mcp/settings.ts';
import { createTelemetry } from '../../src/mcp/telemetry.ts';

const unused = () => Promise.reject(new Error('This test does not use it.'));
const record = { publish: unused, snapshot: unused, claim: unused, isHeldBy: unused };

export const openServices = (settings: Settings): Services => ({
  telemetry: createTelemetry(undefined),
  coarse: async () => ({ passes: true }),
  guard: {
    isBlocked: () => undefined,
    fail: async () => ({ kind: 'counted', failures: 1 }),
  },
  authenticate: createAuthenticate(settings),
  rollout: {
    decide: async () => ({ isIn: true }),
    toolsOut: () => new Set(),
    status: async () => ({ percentage: 100, source: 'default' }),
    forget: () => {},
  },
  admit: async () => ({
    kind: 'admitted',
    headers: {},
    verdict: {
      allowed: true,
      limit: 100,
      remaining: 99,
      resetAt: 0,
      decidedAt: 0,
      revoked: false,
    },
  }),
  serve: unused,
  record,
  recogniseRunner: createRecogniseRunner(settings, { now: Date.now }),
  connectRunner: unused,
  stage: ownStage(settings, {}, record, undefined),
  admin: {
    isAdmin: undefined,
    stage: settings.catalog.stage,
    registry: { setting: unused, put: unused, history: unused },
    revoke: unused,
    limits: {
      kv: { get: unused, put: unused, delete: unused },
      limitFrom: () => ({ limit: 100 }),
    },
  },
});
