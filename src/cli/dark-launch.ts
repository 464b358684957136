// The percentage of clients that a server lets in, asked and set through its admin API.
import { type Rollout, rolloutSchema } from '../contract/admin.ts';
import type { AskAdmin } from './admin-client.ts';

const PATH = '/admin/dark-launch';

export interface DarkLaunch {
  readonly value: Rollout;
  readonly etag?: string;
}

export const readDarkLaunch = async (ask: AskAdmin): Promise<DarkLaunch> => {
  const { value, etag = value.etag } = await ask({
    method: 'GET',
    path: PATH,
    answer: rolloutSchema,
  });
  return { value, ...(etag !== undefined && { etag }) };
};

/** `etag`: only if nobody has changed it since. Without it, whatever it is. */
export const setDarkLaunch = async (
  ask: AskAdmin,
  percentage: number,
  etag?: string,
): Promise<Rollout> => {
  const { value } = await ask({
    method: 'PUT',
    path: PATH,
    body: { percentage },
    headers: etag === undefined ? {} : { 'If-Match': etag },
    answer: rolloutSchema,
  });
  return value;
};
