// The file that a project's secrets are kept in, `.env`. Only the lines that are meant are changed, all at once or not at all;
// every other line stays as it is, and nobody but its owner can read the file afterwards.
import {
  chmodSync,
  existsSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';

import { randomId } from '../lib/ids.ts';
import { type Result, err, ok } from '../lib/result.ts';

/** Name → its new value, or undefined to take the line away. */
export type Changes = ReadonlyMap<string, string | undefined>;

/** What is wrong is told in a sentence, and never with a value. */
export interface EnvFile {
  /** Undefined where it has no such line, or an empty one. */
  get(name: string): Result<string | undefined, string>;
  change(changes: Changes): Result<null, string>;
}

/** `file` as it is now; one that is not there begins with `lead` when it is first written. */
export const readEnvFile = (file: string, lead = ''): EnvFile => {
  const isThere = existsSync(file);
  const path = isThere ? realpathSync(file) : file;
  const lines = (isThere ? readFileSync(path, 'utf8') : lead).split('\n');
  return {
    get: (name) => valueIn(lines, name, file),
    change: (changes) => {
      const text = changed(lines, changes);
      return text.ok ? writeWhole(path, text.value) : text;
    },
  };
};

const isLineOf = (line: string, name: string): boolean =>
  new RegExp(`^\\s*(?:export\\s+)?${name}\\s*=`).test(line);

const valueIn = (
  lines: readonly string[],
  name: string,
  file: string,
): Result<string | undefined, string> => {
  const [line, second] = lines.filter((it) => isLineOf(it, name));
  if (second !== undefined)
    return err(`${file} has two lines of ${name}. Keep the one that counts.`);
  return ok(line === undefined ? undefined : unquoted(line.slice(line.indexOf('=') + 1).trim()));
};

const unquoted = (text: string): string | undefined => {
  const [, single, double] = /^'([^']*)'|^"((?:[^"\\]|\\.)*)"/.exec(text) ?? [];
  const value = single ?? double?.replaceAll(/\\(.)/g, '$1') ?? text.replace(/\s*#.*$/, '');
  return value === '' ? undefined : value;
};

const changed = (lines: readonly string[], changes: Changes): Result<string, string> => {
  const written = new Map<string, string>();
  for (const [name, value] of changes) {
    const text = value === undefined ? undefined : quoted(value);
    if (text === undefined && value !== undefined)
      return err(
        `${name} has characters that no such file holds safely: $, \\ or a quote. Rotate it with --now.`,
      );
    if (text !== undefined) written.set(name, `${name}=${text}`);
  }
  const kept = lines.flatMap((line) => {
    const name = [...changes.keys()].find((it) => isLineOf(line, it));
    return name === undefined ? [line] : (written.get(name) ?? []);
  });
  const added = [...written].filter(([name]) => !lines.some((line) => isLineOf(line, name)));
  // A file ends with a line break; what is added stands before it.
  const end = kept.at(-1) === '' ? kept.pop() : undefined;
  const all = [...kept, ...added.map(([, line]) => line)];
  return ok([...all, ...(end === undefined && added.length === 0 ? [] : [''])].join('\n'));
};

/**
 * Bun puts variables in for `$`, whatever the quotes; and a shell that reads the file must see the same as Bun. Undefined
 * where nothing reads the same to both.
 */
const quoted = (value: string): string | undefined => {
  if (/^[\w.-]+$/.test(value)) return value;
  if (value.startsWith('[')) return `'${inJson(value)}'`;
  return /['$\\]/.test(value) ? undefined : `'${value}'`;
};

const inJson = (text: string): string =>
  text.replaceAll('$', String.raw`\u0024`).replaceAll("'", String.raw`\u0027`);

const writeWhole = (path: string, text: string): Result<null, string> => {
  const fresh = `${path}.${randomId()}`;
  try {
    writeFileSync(fresh, text, { mode: 0o600, flag: 'wx' });
    chmodSync(fresh, 0o600);
    renameSync(fresh, path);
    return ok(null);
  } catch {
    rmSync(fresh, { force: true });
    return err(`${path} could not be written, and is as it was. May you write there?`);
  }
};
