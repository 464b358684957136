// Tells the stage's MCP server what the stage now consists of.
import { z } from 'zod';

import type { Outcome } from '../contract/runner-protocol.ts';
import { type Snapshot, serverIn } from '../contract/snapshot.ts';
import type { Credential } from './credential.ts';

const PUBLISH_MS = 10_000;
/** A server that was just deployed may need a moment; one that was not may never answer, and others wait behind it. */
const ATTEMPTS = { succeeded: 3, failed: 1, cancelled: 1 } as const;
const LEFT_BEHIND_MS = 1_000;
const PAUSE_MS = 1_000;

const refusal = z.object({ message: z.string() });

/** Undefined when published, else a sentence saying why not. */
export const publishSnapshot = async (
  server: string,
  token: string,
  snapshot: Snapshot,
  limitMs = PUBLISH_MS,
): Promise<string | undefined> => {
  try {
    const response = await fetch(`${server}/runner/snapshot`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(snapshot),
      // The token is for this address and for no other.
      redirect: 'error',
      signal: AbortSignal.timeout(limitMs),
    });
    if (response.ok) return undefined;
    const body = refusal.safeParse(await response.json());
    return `The MCP server refused the stage's state: ${body.data?.message ?? `status ${response.status}`}`;
  } catch {
    return 'The MCP server could not be reached to publish the state of its stage.';
  }
};

/** Tells the stage's own server what an operation has left; a new one may take a moment to answer. */
export const publishOutcome = async (credential: Credential, outcome: Outcome): Promise<void> => {
  const { snapshot, status } = outcome;
  const limitMs = status === 'succeeded' ? PUBLISH_MS : LEFT_BEHIND_MS;
  const attempts = ATTEMPTS[status];
  const server = snapshot && serverIn(snapshot.resources)?.url;
  if (snapshot === undefined || typeof server !== 'string') return;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const token = await credential(new URL(server).origin).catch(() => undefined);
    const problem = token && (await publishSnapshot(server, token, snapshot, limitMs));
    if (token !== undefined && problem === undefined) return;
    if (attempt < attempts) await Bun.sleep(PAUSE_MS);
  }
};
