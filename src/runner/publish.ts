// Tells the stage's MCP server what the stage now consists of.
import { z } from 'zod';

import type { Snapshot } from '../contract/snapshot.ts';

const PUBLISH_MS = 10_000;

const refusal = z.object({ message: z.string() });

/** Undefined when published, else a sentence saying why not. */
export const publishSnapshot = async (
  server: string,
  token: string,
  snapshot: Snapshot,
): Promise<string | undefined> => {
  try {
    const response = await fetch(`${server}/runner/snapshot`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(snapshot),
      signal: AbortSignal.timeout(PUBLISH_MS),
    });
    if (response.ok) return undefined;
    const body = refusal.safeParse(await response.json());
    return `The MCP server refused the stage's state: ${body.data?.message ?? `status ${response.status}`}`;
  } catch {
    return 'The MCP server could not be reached to publish the state of its stage.';
  }
};
