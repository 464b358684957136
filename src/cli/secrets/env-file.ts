// The file secrets are kept in on this machine. Only the lines that are meant are changed, all at once or not at all, and
// nobody but its owner can read it afterwards.
import {
  chmodSync,
  existsSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';

import { randomId } from '../../lib/ids.ts';
import { CliProblem, type World } from '../command.ts';

export const DEFAULT_FILE = '.env';

/** Name → its new value, or undefined to take the line away. */
export type Changes = ReadonlyMap<string, string | undefined>;

export interface EnvFile {
  /** Undefined where it has no such line, or an empty one. */
  get(name: string): string | undefined;
  change(changes: Changes): void;
}

/**
 * `file` as it is, after a look whether the environment has one of `names` otherwise: then it would win, and a change would
 * be in vain.
 */
export const openEnvFile = (
  file: string,
  names: readonly string[],
  { env }: Pick<World, 'env'>,
): EnvFile => {
  if (!existsSync(file))
    throw new CliProblem(
      `There is no ${file} here. Say with --env which file holds the secrets; \`bun start\` draws one.`,
    );
  const path = realpathSync(file);
  const lines = readFileSync(path, 'utf8').split('\n');
  const get = (name: string) => valueIn(lines, name, file);
  const other = names.find((name) => env[name] !== undefined && env[name] !== get(name));
  if (other !== undefined)
    throw new CliProblem(
      `${other} is in the environment with another value than in ${file}, and would win. Unset it, or load the file anew: set -a; . ./${file}; set +a`,
    );
  return {
    get,
    change: (changes) => writeWhole(path, changed(lines, changes).join('\n')),
  };
};

const isLineOf = (line: string, name: string): boolean =>
  new RegExp(`^\\s*(?:export\\s+)?${name}\\s*=`).test(line);

const valueIn = (lines: readonly string[], name: string, file: string): string | undefined => {
  const [line, second] = lines.filter((it) => isLineOf(it, name));
  if (second !== undefined)
    throw new CliProblem(`${file} has two lines of ${name}. Keep the one that counts.`);
  return line === undefined ? undefined : unquoted(line.slice(line.indexOf('=') + 1).trim());
};

const unquoted = (text: string): string | undefined => {
  const [, single, double] = /^'([^']*)'|^"((?:[^"\\]|\\.)*)"/.exec(text) ?? [];
  const value = single ?? double?.replaceAll(/\\(.)/g, '$1') ?? text.replace(/\s+#.*$/, '');
  return value === '' ? undefined : value;
};

const changed = (lines: readonly string[], changes: Changes): string[] => {
  const kept = lines.flatMap((line) => {
    const name = [...changes.keys()].find((it) => isLineOf(line, it));
    if (name === undefined) return [line];
    const value = changes.get(name);
    return value === undefined ? [] : [`${name}=${quoted(name, value)}`];
  });
  const added = [...changes].filter(
    ([name, value]) => value !== undefined && !lines.some((line) => isLineOf(line, name)),
  );
  // A file ends with a line break; what is added stands before it.
  const end = kept.at(-1) === '' ? kept.pop() : undefined;
  return [
    ...kept,
    ...added.map(([name, value = '']) => `${name}=${quoted(name, value)}`),
    ...(end === undefined && added.length === 0 ? [] : ['']),
  ];
};

/** Bun puts variables in for `$`, whatever the quotes; and a shell that reads the file must see the same as Bun. */
const quoted = (name: string, value: string): string => {
  if (/^[\w.-]+$/.test(value)) return value;
  if (value.startsWith('[')) return `'${inJson(value)}'`;
  if (/['$\\]/.test(value))
    throw new CliProblem(
      `${name} has characters that no such file holds safely: $, \\ or a quote. Rotate it with --now.`,
    );
  return `'${value}'`;
};

const inJson = (text: string): string =>
  text.replaceAll('$', String.raw`\u0024`).replaceAll("'", String.raw`\u0027`);

const writeWhole = (path: string, text: string): void => {
  const fresh = `${path}.${randomId()}`;
  try {
    writeFileSync(fresh, text, { mode: 0o600, flag: 'wx' });
    chmodSync(fresh, 0o600);
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw new CliProblem(`${path} could not be written, and is as it was. May you write there?`, {
      cause: error,
    });
  }
};
