// `bun run bench`: measures everything and writes the figures into docs/performance.md. `--gate` measures only what may
// not get worse, and fails if it did. `--rounds=N` for more or fewer rounds.
import { existsSync, mkdirSync } from 'node:fs';
import { arch, cpus, totalmem } from 'node:os';

import manifest from '../package.json';
import { countRequests } from './counts.ts';
import { measureDeploys } from './deploys.ts';
import { LEAST_CPU_RATIO, measureGate, MOST_GZIP_BYTES } from './gate.ts';
import { type Figures, report } from './report.ts';
import { measureRequests } from './requests-run.ts';
import { measureScaling } from './scaling.ts';
import { bundleSize, sizeOfParts } from './size.ts';
import { plot } from './svg.ts';

const ROOT = new URL('..', import.meta.url).pathname;
const DOCUMENT = `${ROOT}docs/performance.md`;
const PLOTS = `${ROOT}docs/performance`;
const BEGIN = '<!-- written by bun run bench -->';
const END = '<!-- end of what bun run bench writes -->';
const USUAL_ROUNDS = 15;

/** Where the objects' storage lies. On a disk one would measure the disk, and its neighbours. */
const MEMORY_FOLDER = '/dev/shm';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const machine = (): string => {
  const { length } = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const { miniflare, agents, alchemy } = manifest.devDependencies;
  const { '@modelcontextprotocol/server': sdk } = manifest.dependencies;
  const model = cpus()[0]?.model.trim() ?? arch();
  return `${length} shared cores of ${model}, ${memory} GiB, Linux; Bun ${Bun.version}, Miniflare ${miniflare}, MCP SDK ${sdk}, agents ${agents}, Alchemy ${alchemy}`;
};

const measureSizes = async (): Promise<Figures['sizes']> => {
  const uploaded = await bundleSize();
  return { uploaded, parts: await sizeOfParts(uploaded) };
};

const measureAll = async (rounds: number): Promise<Figures> => {
  say('Counts and sizes …');
  const [counts, sizes] = [await countRequests(), await measureSizes()];
  say('Requests, some minutes …');
  const requests = await measureRequests(rounds);
  say('Growth …');
  const curves = await measureScaling();
  say('Plans and deploys …');
  const deploys = await measureDeploys();
  const date = new Date().toISOString().slice(0, 10);
  return { machine: machine(), date, requests, counts, sizes, curves, deploys };
};

const write = async (figures: Figures): Promise<void> => {
  mkdirSync(PLOTS, { recursive: true });
  for (const curve of figures.curves) await Bun.write(`${PLOTS}/${curve.name}.svg`, plot(curve));
  const before = await Bun.file(DOCUMENT).text();
  const [head = '', rest = ''] = before.split(BEGIN);
  const [, tail = ''] = rest.split(END);
  await Bun.write(DOCUMENT, `${head}${BEGIN}\n\n${report(figures)}\n\n${END}${tail}`);
  await Bun.spawn([`${ROOT}node_modules/.bin/oxfmt`, DOCUMENT], { stdout: 'ignore' }).exited;
};

const gate = async (): Promise<string[]> => {
  const { list, counts, gzipBytes } = await measureGate();
  const objects = counts.later['object CLIENT_LIMITER'];
  say(`tools/list: ${list.cpuRatio.median.toFixed(3)} of hello by CPU; ${gzipBytes} bytes gzip`);
  return [
    ...(list.cpuRatio.median > LEAST_CPU_RATIO ? [] : ['tools/list costs more than it may.']),
    ...(objects === counts.laterRequests ? [] : ['A request asks more or fewer objects than one.']),
    ...(gzipBytes < MOST_GZIP_BYTES ? [] : ['The bundle is larger than it may be.']),
  ];
};

const [word = ''] = process.argv.slice(2);
if (existsSync(MEMORY_FOLDER)) process.env['TMPDIR'] = MEMORY_FOLDER;
if (word === '--gate') {
  const problems = await gate();
  for (const problem of problems) say(problem);
  process.exit(problems.length === 0 ? 0 : 1);
}
await write(await measureAll(Number(/^--rounds=(\d+)$/.exec(word)?.[1] ?? USUAL_ROUNDS)));
process.exit(0);
