// Each subject in a workerd of its own, reached over a socket of its own, with the same bindings and settings.
import { type Cloud, startCloud } from '../test/kit/cloud.ts';
import { workerds } from '../test/kit/workerds.ts';
import { bundleSubject, type Subject } from './bundle.ts';
import type { Target } from './load.ts';
import { withoutLog } from './quiet-runtime.ts';

export interface Contender extends AsyncDisposable {
  readonly subject: Subject;
  readonly target: Target;
  /** Of its workerd. */
  readonly pid: number;
  readonly cloud: Cloud;
}

const USUAL_TOOLS = 16;

/** The most that a client can be given; a slice of a run stays below it. */
const LIMIT = 10_000;
const CLIENTS = 300;

const LIMITED: ReadonlySet<Subject> = new Set(['ours', 'counted', 'kv-counter']);

/** As the product is deployed; the agents SDK needs the last. */
const FLAGS = ['enable_request_signal', 'global_fetch_strictly_public', 'nodejs_als'];

const limits = Object.fromEntries(
  Array.from({ length: CLIENTS }, (_, n) => [`limit:bench-${n}`, String(LIMIT)]),
);

export const startContender = async (subject: Subject, size = USUAL_TOOLS): Promise<Contender> => {
  const script = await bundleSubject(subject, size);
  const before = new Set(workerds());
  const cloud = await withoutLog(() =>
    startCloud({
      script,
      isDirect: true,
      bare: true,
      compatibilityFlags: FLAGS,
      flags: LIMITED.has(subject) ? limits : {},
    }),
  );
  // Seeds the database that query_database reads.
  await cloud.visitApp();
  const pid = workerds().find((id) => !before.has(id));
  if (pid === undefined) throw new Error('No workerd was started.');
  const { hostname, port } = cloud.url;
  return {
    subject,
    cloud,
    pid,
    target: { hostname, port: Number(port) },
    [Symbol.asyncDispose]: () => cloud[Symbol.asyncDispose](),
  };
};

let clients = 0;

/** A client that has its whole limit left. */
export const freshClient = (): string => `bench-${clients++ % CLIENTS}`;
