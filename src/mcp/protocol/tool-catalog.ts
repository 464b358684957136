// The tools of a grant, prepared once: looked up by name, listed in the order given, and with schemas that convert to
// JSON Schema a single time. The SDK alone converts them for every request, which is half of what a list costs.
import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server';

import type { EndpointTool } from './endpoint-tool.ts';

export interface PreparedTool<Caller> {
  readonly tool: EndpointTool<Caller>;
  readonly input: StandardSchemaWithJSON;
  /** For the SDK: describes the output and accepts all of it, because `runGuarded` has checked it already. */
  readonly output: StandardSchemaWithJSON;
  /** The fast path may run it: nothing about a call of it needs the SDK. */
  readonly simple: boolean;
}

export interface ToolCatalog<Caller> {
  readonly listed: readonly PreparedTool<Caller>[];
  readonly byName: ReadonlyMap<string, PreparedTool<Caller>>;
}

const MAX_REMEMBERED_GRANTS = 512;

export interface CatalogSource<Caller> {
  readonly toolsFor: (caller: Caller) => readonly EndpointTool<Caller>[];
}

/** Remembers the catalog of each grant. `toolsFor` is asked once per grant: equal grants must mean equal tools. */
export function catalogsOf<Caller>(source: CatalogSource<Caller>) {
  const prepared = new WeakMap<EndpointTool<Caller>, PreparedTool<Caller>>();
  const catalogs = new Map<string, ToolCatalog<Caller>>();

  const prepareOnce = (tool: EndpointTool<Caller>): PreparedTool<Caller> => {
    const known = prepared.get(tool);
    if (known !== undefined) return known;
    const fresh = prepare(tool);
    prepared.set(tool, fresh);
    return fresh;
  };

  return (caller: Caller, grant: string): ToolCatalog<Caller> => {
    const known = catalogs.get(grant);
    if (known !== undefined) return known;
    const fresh = catalogOf(source.toolsFor(caller).map(prepareOnce));
    // Grants are few in honest use; a flood of different ones must not fill the isolate.
    if (catalogs.size >= MAX_REMEMBERED_GRANTS) catalogs.clear();
    catalogs.set(grant, fresh);
    return fresh;
  };
}

function catalogOf<Caller>(tools: readonly PreparedTool<Caller>[]): ToolCatalog<Caller> {
  const byName = new Map(tools.map((prepared) => [prepared.tool.name, prepared]));
  if (byName.size !== tools.length) throw new Error('Two tools have the same name.');
  return { listed: tools.filter((prepared) => prepared.tool.hidden !== true), byName };
}

function prepare<Caller>(tool: EndpointTool<Caller>): PreparedTool<Caller> {
  const input = convertOnce(tool.input, (value) => tool.input['~standard'].validate(value));
  const output = convertOnce(tool.output, (value) => ({ value }));
  const simple =
    tool.interactive !== true &&
    tool.hidden !== true &&
    !mirrorsHeaders(input) &&
    isObjectSchema(output);
  return { tool, input, output, simple };
}

type Validate = StandardSchemaWithJSON['~standard']['validate'];
type Convert = StandardSchemaWithJSON['~standard']['jsonSchema']['input'];

function convertOnce(schema: StandardSchemaWithJSON, validate: Validate): StandardSchemaWithJSON {
  const { jsonSchema, vendor } = schema['~standard'];
  const converters = { input: remember(jsonSchema.input), output: remember(jsonSchema.output) };
  return { '~standard': { version: 1, vendor, validate, jsonSchema: converters } };
}

function remember(convert: Convert): Convert {
  const known = new Map<string, Record<string, unknown>>();
  return (options) => {
    const before = known.get(options.target);
    if (before !== undefined) return before;
    const fresh = convert(options);
    known.set(options.target, fresh);
    return fresh;
  };
}

const TARGET = { target: 'draft-2020-12' } as const;

/** Arguments marked x-mcp-header must equal request headers; comparing them is the SDK's business. */
const mirrorsHeaders = (input: StandardSchemaWithJSON): boolean =>
  JSON.stringify(input['~standard'].jsonSchema.input(TARGET)).includes('"x-mcp-header"');

/** For any other root the SDK wraps the result in the 2025 era. */
const isObjectSchema = (output: StandardSchemaWithJSON): boolean =>
  output['~standard'].jsonSchema.output(TARGET)['type'] === 'object';
