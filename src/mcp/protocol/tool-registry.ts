// Which tools a caller sees. A tool whose scope the caller lacks is in no list, yet a call of it is answered with the
// missing scope instead of "not found": clients cope badly with HTTP 403, and a model can pass the sentence on. Likewise
// a tool of the hub anywhere else: it is answered with where it works.
import type { Scope } from '../../contract/scopes.ts';
import type { EndpointTool } from './endpoint-tool.ts';
import type { AnyTool, NamedStage } from './stages.ts';
import { type Seam, type SeamCaller, toEndpointTool } from './tool-seam.ts';

/** What the protocol allows in a tool's name. */
const TOOL_NAME = /^[A-Za-z0-9_.-]{1,128}$/;

export interface ToolRegistry {
  /** In the order the tools were given. */
  readonly toolsFor: (caller: SeamCaller) => readonly EndpointTool<SeamCaller>[];
  /** Nothing but the scopes and the tools' own rollout decides what is listed. */
  readonly grantOf: (caller: SeamCaller) => string;
}

interface Entry {
  readonly scope: Scope;
  readonly shown: EndpointTool<SeamCaller>;
  readonly hidden: EndpointTool<SeamCaller>;
}

export function createToolRegistry<S extends NamedStage>(
  tools: readonly AnyTool<S>[],
  seam: Seam<S>,
): ToolRegistry {
  const entries = tools.map((tool): Entry => {
    if (!TOOL_NAME.test(tool.name)) throw new Error(`Not a tool name: ${tool.name}`);
    const shown = toEndpointTool(tool, seam);
    const hidden = { ...shown, hidden: true };
    const isHere = tool.reach !== 'hub' || seam.stages.isHub;
    return { scope: tool.scope, shown: isHere ? shown : hidden, hidden };
  });
  const scopes = [...new Set(tools.map((tool) => tool.scope))];
  return {
    toolsFor: ({ principal, closedTools }) =>
      entries.map(({ scope, shown, hidden }) =>
        principal.scopes.includes(scope) && closedTools?.has(shown.name) !== true ? shown : hidden,
      ),
    grantOf: ({ principal, closedTools }) => {
      const granted = scopes.filter((scope) => principal.scopes.includes(scope)).join(' ');
      const closed = entries.filter(({ shown }) => closedTools?.has(shown.name) === true);
      return `${granted}|${closed.map(({ shown }) => shown.name).join(' ')}`;
    },
  };
}
