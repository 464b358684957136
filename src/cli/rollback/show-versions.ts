// Versions as somebody must see them who is to choose one.
import type { Version, WorkerVersions } from '../../cloudflare/worker-versions.ts';
import type { World } from '../command.ts';
import { columns, plain } from '../show.ts';
import { type Choice, need } from './choose-version.ts';

const called = ({ number, id, createdOn, message }: Version): string =>
  `version ${number} (${id}), uploaded ${plain(createdOn)}${message === undefined ? '' : `: ${plain(message)}`}`;

export const showChoice = (worker: string, { from, to }: Choice, { say }: World): void => {
  say(`${plain(worker)} serves ${called(from)}.`);
  say(`It would serve ${called(to)}.`);
};

export const listVersions = async (
  worker: string,
  versions: WorkerVersions,
  { say, note }: World,
): Promise<void> => {
  const deployments = need(await versions.deployments());
  const known = need(await versions.latest());
  const serving = new Set(deployments[0]?.versionIds);
  const deployed = new Set(deployments.flatMap(({ versionIds }) => versionIds));
  const rows = known
    .filter(({ id }) => deployed.has(id))
    .map(({ number, id, createdOn, message = '' }) => [
      String(number),
      id,
      plain(createdOn),
      serving.has(id) ? 'serves' : '',
      plain(message),
    ]);
  say(columns(rows));
  note(`The versions of ${plain(worker)} that have served, as far back as Cloudflare tells.`);
};
