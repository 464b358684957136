// Installs exactly what bun.lock says, when node_modules is not already that. The stamp spares a start that changes
// nothing both the time and any word with the registry.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const STAMP = 'node_modules/.installed-from';

const wanted = (): string =>
  new Bun.CryptoHasher('sha256')
    .update(readFileSync('bun.lock'))
    .update(readFileSync('package.json'))
    .digest('hex');

const installed = (): string | undefined =>
  existsSync(STAMP) ? readFileSync(STAMP, 'utf8') : undefined;

/** Undefined when the dependencies are there, else a sentence saying why not. */
export const installDependencies = async (): Promise<string | undefined> => {
  if (!existsSync('bun.lock'))
    return 'bun.lock is missing here: start from the folder of a complete clone.';
  const lock = wanted();
  if (installed() === lock) return undefined;
  process.stdout.write('Installing dependencies (first start only) …\n');
  const install = Bun.spawn([process.execPath, 'install', '--frozen-lockfile'], {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
  });
  const [code, output] = await Promise.all([install.exited, new Response(install.stderr).text()]);
  if (code !== 0) return `Installing the dependencies failed: ${lastLine(output)}`;
  writeFileSync(STAMP, lock);
  return undefined;
};

const lastLine = (text: string): string =>
  text
    .trim()
    .split('\n')
    .findLast((line) => /error/i.test(line)) ?? 'bun install gave no reason.';
