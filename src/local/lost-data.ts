// Local data that is gone while Alchemy's state still takes it for deployed: Alchemy would find nothing to do, and the
// stack would come up without its tables.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

const deployedRow = z.object({
  providerMode: z.literal('local'),
  status: z.enum(['created', 'updated']),
});

/** Was something deployed to the local cloud of this folder whose data is no longer there? */
export const hasLostData = (root: string): boolean => {
  const state = join(root, '.alchemy', 'state');
  if (existsSync(join(root, '.alchemy', 'local')) || !existsSync(state)) return false;
  return readdirSync(state, { recursive: true, encoding: 'utf8' }).some(
    (name) => name.endsWith('.json') && isDeployed(join(state, name)),
  );
};

const isDeployed = (file: string): boolean => {
  try {
    return deployedRow.safeParse(JSON.parse(readFileSync(file, 'utf8'))).success;
  } catch {
    return false;
  }
};
