// Sends a curl command of the guide as curl does: word by word as the shell splits it, with curl's own defaults.
import type { Cloud } from './cloud.ts';

const GUIDE_HOST = 'https://mcp.example.com';

/** Runs `command` against the cloud; `$NAME` inside double quotes is taken from `env`. */
export const curl = (
  cloud: Cloud,
  command: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Response> => {
  const [program, ...words] = shellWords(command, env);
  if (program !== 'curl') throw new Error(`Not a curl command: ${command}`);
  const headers = new Headers({ Accept: '*/*', 'User-Agent': 'curl/8.5.0' });
  let [path, method, body]: [string, string | undefined, string | undefined] = [
    '/',
    undefined,
    undefined,
  ];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '-H') {
      const [name = '', ...value] = (words[++at] ?? '').split(':');
      headers.append(name, value.join(':').trim());
    } else if (word === '-X') method = words[++at];
    else if (word === '-d') body = words[++at];
    else path = word.replace(GUIDE_HOST, '');
  }
  if (body !== undefined && !headers.has('content-type'))
    headers.set('Content-Type', 'application/x-www-form-urlencoded');
  return cloud.fetch(path, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers,
    ...(body !== undefined && { body }),
  });
};

const shellWords = (command: string, env: Readonly<Record<string, string>>): string[] =>
  [...command.replaceAll('\\\n', ' ').matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) =>
      single ?? double?.replaceAll(/\$(\w+)/g, (_, name: string) => env[name] ?? '') ?? plain ?? '',
  );
