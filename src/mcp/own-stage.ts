// The stage this server belongs to, over the bindings of its own deployment.
import { OpsError } from '../contract/errors.ts';
import type { HubOperations } from './hub-operations.ts';
import type { Settings } from './settings.ts';
import type { StageRecord } from './stage-record.ts';
import { createCursors } from './stage/cursors.ts';
import { type Stage, createStage } from './stage/stage.ts';

export const ownStage = (
  settings: Settings,
  env: Readonly<Record<string, unknown>>,
  record: StageRecord,
  operations: HubOperations | undefined,
): Stage =>
  createStage({
    catalog: settings.catalog,
    env,
    cursors: createCursors(settings.jwtSecret),
    snapshot: record.snapshot,
    claim: record.claim,
    operations: (stage) => {
      if (operations !== undefined) return operations.engine(stage);
      throw new OpsError('NOT_THE_HUB', `Stage ${settings.catalog.stage} is not the hub.`);
    },
  });
