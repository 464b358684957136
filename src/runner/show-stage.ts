// `bun src/runner/show-stage.ts STAGE`: prints what may be shown of a stage as Alchemy's state has it, as JSON. So programs
// that deploy with Alchemy's own command learn where its server answers, without knowing Alchemy or the stack.
import * as Alchemist from 'alchemy/Alchemist';
import * as Effect from 'effect/Effect';
import * as Exit from 'effect/Exit';

import { now } from '../lib/clock.ts';
import { sentenceOf } from './failure.ts';
import { project } from './projection.ts';
import { createScrubber, secretsIn } from './secret-texts.ts';
import { readStage, storeOf } from './stage-state.ts';

const ENTRYPOINT = 'alchemy.run.ts';

const show = (stage: string) =>
  Effect.gen(function* () {
    const session = yield* Alchemist.open(
      { entrypoint: ENTRYPOINT, stage },
      // Looking must not write, and bringing Cloudflare's own state store up to date does.
      { dev: false, updateStateStore: false },
    );
    const stack = session.stack.name;
    const { rows } = yield* readStage(yield* storeOf(session), stack, stage);
    return project(stack, stage, rows, now());
  });

const [stage = ''] = process.argv.slice(2);
const exit = await Effect.runPromiseExit(
  show(stage).pipe(Effect.provide(Alchemist.layer()), Effect.scoped),
);
if (Exit.isSuccess(exit)) process.stdout.write(`${JSON.stringify(exit.value)}\n`);
else {
  const scrub = createScrubber(new Set(secretsIn(process.env)));
  process.stderr.write(`${scrub(sentenceOf(exit.cause))}\n`);
}
process.exit(Exit.isSuccess(exit) ? 0 : 1);
