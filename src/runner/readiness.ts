// A deploy has succeeded when what it deployed answers: Alchemy returns up to a second before the new version serves.
import { z } from 'zod';

import type { Snapshot } from '../contract/snapshot.ts';

const READY_MS = 30_000;
const POLL_MS = 50;
/** The gateway's answer while there is no Worker behind it. */
const GATEWAY = 502;

/** Undefined when every Worker of the stage answers, else a sentence naming those that do not. */
export const awaitWorkers = async (snapshot: Snapshot): Promise<string | undefined> => {
  const deadline = AbortSignal.timeout(READY_MS);
  const workers = snapshot.resources.flatMap(({ id, url }) => (url === null ? [] : [{ id, url }]));
  const silent = await Promise.all(
    workers.map(async ({ id, url }) => ((await answers(url, deadline)) ? [] : [id])),
  );
  const names = silent.flat();
  return names.length === 0
    ? undefined
    : `${names.join(' and ')} was deployed but does not answer.`;
};

/** Whatever the Worker itself says counts, an error too. */
const answers = async (url: string, deadline: AbortSignal): Promise<boolean> => {
  while (!deadline.aborted) {
    try {
      const response = await fetch(url, { signal: deadline, redirect: 'manual' });
      await response.body?.cancel();
      if (response.status !== GATEWAY) return true;
    } catch {
      // Not listening yet.
    }
    await Bun.sleep(POLL_MS);
  }
  return false;
};

/** Did it answer in time? For one that has just been deployed. */
export const awaitAnswer = (url: string): Promise<boolean> =>
  answers(url, AbortSignal.timeout(READY_MS));

const ANSWER_MS = 5_000;

/** Is anything answering there now? Whatever a Worker itself says counts. */
export const isAnswering = async (url: string): Promise<boolean> => {
  try {
    const init = { method: 'HEAD', signal: AbortSignal.timeout(ANSWER_MS) };
    return (await fetch(url, init)).status !== GATEWAY;
  } catch {
    return false;
  }
};

const healthSchema = z.object({
  service: z.literal('mcp-worker'),
  problems: z.array(z.string()).default([]),
});

/** Undefined when the MCP server is fit to serve, else what it says it lacks. */
export const serverProblem = async (url: string): Promise<string | undefined> => {
  const health = await fetch(`${url}/health`, { signal: AbortSignal.timeout(READY_MS) }).then(
    (response) => response.json(),
    () => undefined,
  );
  const parsed = healthSchema.safeParse(health);
  if (!parsed.success)
    return `No MCP server answers at ${url}: alchemy.run.ts has no McpServer(…).`;
  const { problems } = parsed.data;
  return problems.length === 0 ? undefined : `The MCP server will not serve: ${problems.join(' ')}`;
};
