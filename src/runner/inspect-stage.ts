// Asks the stage's own MCP server about its resources: only a Worker has their bindings, and can count what they hold.
import { INSPECTION_PATH, type Inspection, inspectionSchema } from '../contract/inspection.ts';

/** Counting reads whole databases. */
const ANSWER_MS = 20_000;

export interface InspectionRequest {
  readonly server: string | undefined;
  readonly token: string;
  readonly stage: string;
  readonly withLosses: boolean;
}

/** Undefined when there is no server, or none that answers for this stage. */
export const inspect = async ({
  server,
  token,
  stage,
  withLosses,
}: InspectionRequest): Promise<Inspection | undefined> => {
  if (server === undefined) return undefined;
  try {
    const response = await fetch(`${server}${INSPECTION_PATH}${withLosses ? '?losses=1' : ''}`, {
      headers: { authorization: `Bearer ${token}` },
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (!response.ok) return undefined;
    const inspection = inspectionSchema.parse(await response.json());
    return inspection.stage === stage ? inspection : undefined;
  } catch {
    return undefined;
  }
};
