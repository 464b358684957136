// Writes what has changed, and says what is left to do: a secret is in force once it is deployed, not when it is written.
import { hubStageOf } from '../../contract/stage.ts';
import type { Changes } from '../../env-file/env-file.ts';
import type { World } from '../command.ts';
import { byHand, requireGh, setOnGitHub } from './github.ts';
import { DEFAULT_FILE, type EnvFile } from './open-env-file.ts';

export interface Keeping {
  readonly file: EnvFile;
  /** As the operator calls it. */
  readonly name: string;
  readonly isOnGitHub: boolean;
  readonly world: World;
}

export const keep = async (
  { file, name, isOnGitHub, world }: Keeping,
  changes: Changes,
): Promise<void> => {
  const gh = isOnGitHub ? requireGh(world) : undefined;
  file.change(changes);
  const names = [...changes.keys()].join(' and ');
  if (gh !== undefined) {
    await setOnGitHub(gh, changes, world);
    world.note(`${names}: changed in ${name} and in the repository’s secrets on GitHub.`);
  } else {
    world.note(`${names}: changed in ${name}. Where CI deploys, change it there too:`);
    for (const [changed, value] of changes) world.note(`  ${byHand(changed, value)}`);
  }
  const hub = hubStageOf(world.env['MCP_HUB_STAGE']);
  const from = name === DEFAULT_FILE ? '' : ` --env-file ${name}`;
  world.note(
    `Then deploy every stage, ${hub} last: bun alchemy deploy --stage ${hub} --yes${from}`,
  );
};
