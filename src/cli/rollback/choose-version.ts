// Which version of a Worker to go back to: the one that was asked for, else what served before.
import type { CloudflareFailure } from '../../cloudflare/api.ts';
import { isPlaceholder, wayBack } from '../../cloudflare/previous-version.ts';
import type { VersionDetail, WorkerVersions } from '../../cloudflare/worker-versions.ts';
import type { Result } from '../../lib/result.ts';
import { EARLIER_CODE, problemOf } from '../cloudflare-problem.ts';
import { CliProblem } from '../command.ts';

export interface Choice {
  readonly from: VersionDetail;
  readonly to: VersionDetail;
}

/** `wanted`: a version's number or id. */
export const chooseVersion = async (
  versions: WorkerVersions,
  wanted: string | undefined,
): Promise<Choice> => {
  const deployments = need(await versions.deployments());
  const way = need(await wayBack(deployments, (id) => versions.detail(id)));
  if (way === undefined) throw new CliProblem('This Worker was never deployed.');
  const { current: from, previous } = way;
  const to = wanted === undefined ? previous : await find(versions, wanted);
  if (to === undefined)
    throw new CliProblem(
      `Nothing else has served before version ${from.number}, as far back as Cloudflare tells. Name one of \`bun mcp rollback --list\` with --version. ${EARLIER_CODE}`,
    );
  if (to.id === from.id) throw new CliProblem(`Version ${to.number} serves already.`);
  if (isPlaceholder(to, from))
    throw new CliProblem(
      `Version ${to.number} is the empty one that Alchemy uploads before the first. Name another.`,
    );
  return { from, to };
};

const find = async (versions: WorkerVersions, wanted: string): Promise<VersionDetail> => {
  const known = need(await versions.latest());
  const found = known.find(({ id, number }) => id === wanted || String(number) === wanted);
  if (found === undefined)
    throw new CliProblem(
      'There is no such version among the 100 latest. --version takes a number or an id of `bun mcp rollback --list`.',
    );
  return need(await versions.detail(found.id));
};

export const need = <T>(answer: Result<T, CloudflareFailure>): T => {
  if (!answer.ok) throw new CliProblem(problemOf(answer.error));
  return answer.value;
};
