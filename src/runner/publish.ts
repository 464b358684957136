// Tells the stage's MCP server what the stage now consists of.
import { z } from 'zod';

import type { Outcome } from '../contract/runner-protocol.ts';
import type { Snapshot } from '../contract/snapshot.ts';

const PUBLISH_MS = 10_000;
const ATTEMPTS = 3;
const PAUSE_MS = 1_000;
/** A class that only the MCP server exports. */
const SERVERS_OWN = 'StageEngine';

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

/** Where the MCP server of a stage answers, by what the stage consists of. */
const serverIn = (snapshot: Snapshot): string | undefined =>
  snapshot.resources.find(({ objects }) => objects.includes(SERVERS_OWN))?.url ?? undefined;

/** Tells the stage's own server what an operation has left; a new one may take a moment to answer. */
export const publishOutcome = async (token: string, { snapshot }: Outcome): Promise<void> => {
  const server = snapshot && serverIn(snapshot);
  if (snapshot === undefined || server === undefined) return;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    if ((await publishSnapshot(server, token, snapshot)) === undefined) return;
    if (attempt < ATTEMPTS) await Bun.sleep(PAUSE_MS);
  }
};
