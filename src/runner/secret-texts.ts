// Frees texts that others wrote of secrets. Apart from secrets.ts, because whoever starts processes does not load Alchemy.
import { createRedactor } from '../lib/redact.ts';

/** The last net under texts that others wrote. Base64 too: some errors quote a body. */
export const createScrubber = (secrets: ReadonlySet<string>) =>
  createRedactor(
    [...secrets].flatMap((secret) => [
      secret,
      Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    ]),
  );

const SECRET_VARIABLE = /secret|token|key|password|credential/i;

/** The values of variables that are named like secrets. */
export const secretsIn = (env: Readonly<Record<string, string | undefined>>): ReadonlySet<string> =>
  new Set(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && SECRET_VARIABLE.test(name) ? [value] : [],
    ),
  );
