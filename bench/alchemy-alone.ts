// A plan or a deploy by Alchemy's programmatic API and nothing of ours, in a process of its own as the runner's are.
import * as Alchemist from 'alchemy/Alchemist';
import * as RpcProviderProxy from 'alchemy/Local/RpcProviderProxy';
import * as Effect from 'effect/Effect';

const [verb = '', stage = '', spawner = ''] = process.argv.slice(2);

const program = Effect.gen(function* () {
  const target = { entrypoint: 'alchemy.run.ts', stage };
  yield* Alchemist.open(target, { dev: true, updateStateStore: false });
  const snapshot = yield* Alchemist.Stack.plan({
    target,
    operation: 'deploy',
    dev: true,
    updateStateStore: false,
  });
  return verb === 'deploy' ? yield* Alchemist.Stack.apply(snapshot) : undefined;
}).pipe(
  Effect.provideService(Alchemist.Progress, () => Effect.void),
  Effect.provide(RpcProviderProxy.layer(spawner)),
  Effect.provide(Alchemist.layer()),
  Effect.scoped,
);

const output = await Effect.runPromise(program);
process.stdout.write(JSON.stringify(output ?? null));
process.exit(0);
