// The environment Alchemy's processes get: only what they need. workerd inherits it, so a host secret that is here is
// a secret in every local Worker's process; and Alchemy's local mode wants a few variables that no user should set.
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { MARK } from './local-cloud/mark.ts';

/** What programs need to run at all. */
const PASSED_ON = ['HOME', 'LANG', 'TMPDIR', 'TERM', 'NO_COLOR'] as const;

const LOCAL_ALCHEMY = {
  // Makes Alchemy read credentials from the environment instead of a profile in the home folder.
  CI: '1',
  // Local providers never call Cloudflare, but Alchemy checks the shape of these before it chooses a provider.
  CLOUDFLARE_ACCOUNT_ID: '0'.repeat(32),
  CLOUDFLARE_API_TOKEN: 'local-cloud-needs-no-token',
  ALCHEMY_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
  // The sidecar offers the Docker socket to whoever asks on a port of its own; local containers are not part of this.
  DOCKER_HOST: 'unix:///nonexistent/docker.sock',
} as const;

/**
 * Every Bun process below us, the sidecar too, would load the project's `.env` with all its secrets, and listen on every
 * interface where it names none. The preload stands below the folder they run in, because BUN_OPTIONS takes no path with
 * a space in it, and wherever this package lies there may be one.
 */
const PRELOAD = '.alchemy/bin/private-servers.ts';
const BUN_OPTIONS = `--no-env-file --preload=./${PRELOAD}`;

export interface Place {
  /** The project's folder, in which all of these processes run. */
  readonly root: string;
  /** Found again by it: see `MARK`. */
  readonly mark: string;
  /** A PATH on which `bun` is this Bun. */
  readonly path: string;
}

type Env = Readonly<Record<string, string | undefined>>;

const pick = (env: Env, keep: (name: string) => boolean): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && keep(name) ? [[name, value]] : [],
    ),
  );

const passedOn = (env: Env) => pick(env, (name) => PASSED_ON.some((passed) => passed === name));

/** For the host and everything below it: no setting of the stack, no secret. */
export const hostEnvironment = (env: Env, { root, mark, path }: Place) => ({
  ...passedOn(env),
  ...LOCAL_ALCHEMY,
  BUN_OPTIONS,
  // Here the local runtime registers its Workers by name, for Workers of other processes to find. In its usual place two
  // projects of one user that both have a "demo-app" would be each other's.
  XDG_STATE_HOME: join(root, '.alchemy', 'runtime'),
  PATH: path,
  [MARK]: mark,
});

/**
 * For one operation, which evaluates `alchemy.run.ts`: that may read any variable of the user's, as it would under
 * Alchemy's own command. What makes it local wins, real credentials included.
 */
export const operationEnvironment = (env: Env, place: Place) => ({
  ...pick(env, () => true),
  ...hostEnvironment(env, place),
});

/**
 * Writes what the processes of the local cloud start with, and returns a PATH on which `bun` is this very Bun: Alchemy
 * starts its sidecar by that name, and under `npx bun` the binary has another one.
 */
export const prepareBun = (root: string, env: Env): string => {
  const folder = join(root, '.alchemy', 'bin');
  mkdirSync(folder, { recursive: true });
  rmSync(join(folder, 'bun'), { force: true });
  symlinkSync(process.execPath, join(folder, 'bun'));
  const preload = fileURLToPath(new URL('./local-cloud/private-servers.ts', import.meta.url));
  writeFileSync(join(root, PRELOAD), `import ${JSON.stringify(preload)};\n`);
  return pathWithOwnBun(root, env);
};

/** The same for whoever comes later, and finds the link there. */
export const pathWithOwnBun = (root: string, env: Env): string =>
  `${join(root, '.alchemy', 'bin')}:${env['PATH'] ?? '/usr/bin:/bin'}`;
