// Which stages a principal may touch: see contract/stage-pattern.ts for what a pattern is.
import { matchesStage } from '../../contract/stage-pattern.ts';

export const mayUseStage = matchesStage;
