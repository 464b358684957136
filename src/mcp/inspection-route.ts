// What a stage's runner cannot see, and its server can: whether each resource answers, and how much data it holds.
import type { Inspection } from '../contract/inspection.ts';
import { lossesOf } from './stage/losses.ts';
import { resourceStatus } from './stage/resource-status.ts';
import type { Stage } from './stage/stage.ts';

export const inspect = async (request: Request, stage: Stage): Promise<Response> => {
  const { searchParams } = new URL(request.url);
  const [{ resources }, losses] = await Promise.all([
    resourceStatus(stage),
    searchParams.get('losses') === '1' ? lossesOf(stage) : [],
  ]);
  const inspection: Inspection = {
    stage: stage.name,
    resources: resources.map(({ id, type, health, detail }) => ({ id, type, health, detail })),
    losses,
  };
  return Response.json(inspection);
};
