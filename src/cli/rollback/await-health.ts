// Does the server answer after it was taken back? A deployment reaches all of Cloudflare within seconds.
import { z } from 'zod';

import { pause } from '../../lib/pause.ts';

const PAUSE_MS = 500;
const ANSWER_MS = 5_000;

const healthSchema = z.object({ status: z.literal('ok'), service: z.literal('mcp-worker') });

export const awaitHealth = async (
  { origin }: URL,
  waitMs: number,
  now: () => number,
): Promise<boolean> => {
  const deadline = now() + waitMs;
  for (;;) {
    if (await isHealthy(`${origin}/health`)) return true;
    if (now() >= deadline) return false;
    await pause(PAUSE_MS);
  }
};

const isHealthy = async (address: string): Promise<boolean> => {
  try {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const response = await fetch(address, { redirect: 'manual', signal });
    return response.ok && healthSchema.safeParse(await response.json()).success;
  } catch {
    return false;
  }
};
