// Every tool that only reads, called with what it says of itself: the names a stage declares stand in its schema. Nothing
// here knows a stack.
import { type Finding, bad, good, notable } from '../../src/cli/doctor/finding.ts';
import type { CallTool, Called } from './call.ts';
import type { Check } from './check.ts';
import type { ListedTool } from './eras.ts';

/** Values for arguments that have no default and name nothing. */
const VALUES: Readonly<Record<string, unknown>> = {
  query: 'SELECT name FROM sqlite_schema LIMIT 5',
};
/** It reads, but a runner has to do it: see plan.ts. */
const BY_RUNNER: ReadonlySet<string> = new Set(['detect_drift']);
const MAX_NAMES = 5;

type Arguments = Readonly<Record<string, unknown>>;

export const checkReads = async (
  tools: readonly ListedTool[],
  call: CallTool,
): Promise<readonly Check[]> => {
  const reading = tools.filter(
    ({ name, annotations }) => annotations?.readOnlyHint === true && !BY_RUNNER.has(name),
  );
  const checks: Check[] = [];
  for (const tool of reading) checks.push(await checkRead(tool, call));
  return checks;
};

const checkRead = async (tool: ListedTool, call: CallTool): Promise<Check> => {
  const asked = argumentsOf(tool);
  if (typeof asked === 'string') return { name: tool.name, findings: [notable(asked)] };
  const findings: Finding[] = [];
  for (const args of asked) findings.push(told(args, await call(tool.name, args)));
  return { name: tool.name, findings };
};

/** One set for each declared name; a sentence where it cannot be called without knowing more. */
const argumentsOf = ({ inputSchema }: ListedTool): readonly Arguments[] | string => {
  const { properties, required } = inputSchema;
  const naming = Object.entries(properties).find(([, { examples }]) => examples !== undefined);
  const unknown = required.filter(
    (name) => !(name in VALUES) && properties[name]?.examples === undefined,
  );
  if (unknown.length > 0) return `Not called: it takes ${unknown.join(', ')}.`;
  const empty = Object.values(properties).find(({ description = '' }) =>
    /^No .* is declared\.$/.test(description),
  );
  if (empty !== undefined) return `Not called: ${empty.description ?? ''}`;
  const fixed = Object.fromEntries(required.flatMap((name) => valueOf(name)));
  if (naming === undefined) return [fixed];
  const [name, { examples = [] }] = naming;
  return examples.slice(0, MAX_NAMES).map((example) => ({ ...fixed, [name]: example }));
};

const valueOf = (name: string): [string, unknown][] =>
  name in VALUES ? [[name, VALUES[name]]] : [];

const told = (args: Arguments, called: Called): Finding => {
  const names = Object.entries(args)
    .filter(([name]) => !(name in VALUES))
    .map(([, value]) => String(value));
  const of = names.length === 0 ? '' : ` of ${names.join(', ')}`;
  return called.kind === 'answered'
    ? good(`It answers${of}.`)
    : bad(`The call${of} failed: ${called.message}.`);
};

/** Deletes nothing even where it is let through. */
const WRITE = 'DELETE FROM sqlite_schema WHERE 0';

/** Undefined where no database is declared. */
export const checkWrites = async (
  tools: readonly ListedTool[],
  call: CallTool,
): Promise<Finding | undefined> => {
  const tool = tools.find(({ inputSchema }) => 'query' in inputSchema.properties);
  if (tool === undefined || typeof argumentsOf(tool) === 'string') return undefined;
  const called = await call(tool.name, { query: WRITE });
  if (called.kind === 'refused') return good(`SQL that writes is refused (${called.code}).`);
  return called.kind === 'answered'
    ? bad('SQL that writes was LET THROUGH. Set the dark launch to 0 and look at the log.')
    : bad(`SQL that writes was not refused, the call failed: ${called.message}.`);
};
