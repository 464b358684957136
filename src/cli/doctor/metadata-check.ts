// The document a client that was refused looks for (RFC 9728).
import { z } from 'zod';

import type { AskServer } from './ask-server.ts';
import { type Finding, bad, good } from './finding.ts';

const PATH = '/.well-known/oauth-protected-resource/mcp';

const documentSchema = z.object({ resource: z.string() });

export const checkMetadata = async (ask: AskServer, { origin }: URL): Promise<Finding> => {
  const answer = await ask(PATH);
  const document = documentSchema.safeParse(answer?.json).data;
  if (answer?.status !== 200 || document === undefined)
    return bad(
      `${PATH} is not there (HTTP ${answer?.status ?? 'none'}). Route all paths of the host to the Worker.`,
    );
  // RFC 9728 §3.3: with another resource than the address it was found at, clients throw the document away.
  return document.resource === `${origin}/mcp`
    ? good('The protected-resource metadata is there and names this address.')
    : bad(
        `The protected-resource metadata is of ${document.resource}, and not of ${origin}/mcp. Call the server by its own name, or have the proxy keep the host.`,
      );
};
