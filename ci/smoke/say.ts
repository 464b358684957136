// Prints a table of checks. A server could say a secret back to us: none gets through.
import { namedSecrets } from '../../src/cli/doctor/secret-check.ts';
import { createRedactor } from '../../src/lib/redact.ts';
import type { PipelineWorld } from '../world.ts';
import { type Check, tableOf } from './check.ts';

export const say = (checks: readonly Check[], world: PipelineWorld): void => {
  const redact = createRedactor(namedSecrets(world.env).map(([, value]) => value));
  world.say(redact(tableOf(checks)));
};
