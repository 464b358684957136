// Examines a running server from outside, by what any operator could ask it, and says what to do. It changes nothing; one
// request in it is wrong on purpose, and counts as one failed login of this address.
import { createRedactor } from '../../lib/redact.ts';
import { type Command, type World, readOptions } from '../command.ts';
import { checkAccess } from '../doctor/access-check.ts';
import { checkAdmin } from '../doctor/admin-check.ts';
import { type AskServer, createAskServer } from '../doctor/ask-server.ts';
import { type Finding, notable } from '../doctor/finding.ts';
import { checkHealth } from '../doctor/health-check.ts';
import { checkLimits } from '../doctor/limit-check.ts';
import { checkMetadata } from '../doctor/metadata-check.ts';
import { checkRefusal } from '../doctor/refusal-check.ts';
import { checkResources } from '../doctor/resource-check.ts';
import { checkSecrets, namedSecrets } from '../doctor/secret-check.ts';
import { checkVersion } from '../doctor/version-check.ts';
import { serverUrl } from '../server-url.ts';

const OPTIONS = { url: { type: 'string' } } as const;

export const doctor: Command = {
  name: 'doctor',
  usage: '[--url URL]',
  about: 'Checks a running server and the secrets here, and says what to do.',
  details: [
    '✓ good, ! worth knowing, ✗ to be mended: exit code 1 with any of these',
    '--url    the server (MCP_URL, else http://localhost:$PORT)',
  ],
  run: async (argv, world) => {
    const { values } = readOptions(argv, OPTIONS, 0);
    const server = serverUrl(world, values.url);
    const findings = await examine(createAskServer(server, world.now), server, world);
    // A server could say a secret back to us.
    const redact = createRedactor(namedSecrets(world.env).map(([, value]) => value));
    for (const { mark, text } of findings) world.say(`${mark} ${redact(text)}`);
    return findings.some(({ mark }) => mark === '✗') ? 1 : 0;
  },
};

const examine = async (ask: AskServer, server: URL, world: World): Promise<Finding[]> => {
  const { findings, environment } = await checkHealth(ask, server, world);
  const version = await checkVersion(server, world);
  const known = [...findings, ...(version === undefined ? [] : [version]), ...checkSecrets(world)];
  if (environment === undefined)
    return [...known, notable('The rest was not checked, and no secret was sent.')];
  const access = await checkAccess(ask, world);
  const later = [
    await checkAdmin(world, server),
    checkLimits(access.answers, environment),
    ...(await checkResources(ask, access.taken[0])),
    await checkRefusal(ask, access.answers),
    await checkMetadata(ask, server),
  ];
  return [...known, ...access.findings, ...later.filter((it) => it !== undefined)];
};
