// What a killed operation leaves beside its state: a row that was being written, secrets and all. Alchemy never looks at
// it again.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** As Alchemy names a file before it takes a row's place: `<row>.json.<pid>.<random>.tmp`. */
const TORN = /\.json\.\d+\.[^.]+\.tmp$/;

/** Only for whoever holds the stage: nobody else may be writing in it. */
export const sweepTornRows = (root: string, stack: string, stage: string): void => {
  const folder = join(root, '.alchemy', 'state', stack, stage);
  for (const name of namesIn(folder))
    if (TORN.test(name)) rmSync(join(folder, name), { force: true });
};

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};
