// Where the server answers beside its workers.dev address. A name that several stages of a stack would all claim belongs to
// the hub: another stage takes it only where the name says which stage it is.
import type * as Cloudflare from 'alchemy/Cloudflare';

import { type Result, err, ok } from '../lib/result.ts';

/** As in wrangler's configuration: with `customDomain` the pattern's host is attached whole, with DNS and certificate. */
export interface ServerRoute extends Cloudflare.WorkerRouteConfig {
  readonly customDomain?: boolean;
}

export interface DomainProps {
  /**
   * A host name, such as `mcp.example.com`: the hub's, unless it has `{stage}` in it. In Alchemy's own form, `{ name, … }`,
   * it is taken as it stands, for whatever stage is deployed.
   */
  readonly domain?: string | Cloudflare.WorkerDomainConfig | null | undefined;
  /** The hub's, like `domain`, unless the pattern has `{stage}` in it. */
  readonly routes?: readonly ServerRoute[] | undefined;
}

export interface DomainPlace {
  readonly stage: string;
  readonly hub: string;
  /** MCP_DOMAIN: for a stack that says nothing of its own. */
  readonly setting: string | undefined;
}

export interface Domain {
  /** Null takes away what an earlier deploy attached; left out, Alchemy would keep it. */
  readonly domain: Cloudflare.WorkerDomainConfig | null;
  readonly routes: Cloudflare.WorkerRouteConfig[];
}

export const NOWHERE: Domain = { domain: null, routes: [] };

const STAGE = '{stage}';
const HOST =
  /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/;

/** An error is a sentence about a name that cannot be one. */
export const domainOf = (props: DomainProps, place: DomainPlace): Result<Domain, string> => {
  const { domain, routes = [] } = props;
  const plain = routes.filter(({ customDomain }) => customDomain !== true);
  const rest = plain.flatMap(({ customDomain: _, pattern, ...route }) =>
    forStage(pattern, place).map((its) => ({ ...route, pattern: its })),
  );
  if (typeof domain === 'object' && domain !== null) return ok({ domain, routes: rest });
  const { where, names, zone } = namesOf(props, place);
  const wrong = names.find((name) => !HOST.test(name.replaceAll(STAGE, 'stage')));
  if (wrong !== undefined) return err(notAHost(where, wrong));
  const [name, ...aliases] = names.flatMap((text) => forStage(text, place));
  if (name === undefined) return ok({ domain: null, routes: rest });
  return ok({
    domain: { name, ...(aliases.length > 0 && { aliases }), ...zone },
    routes: rest,
  });
};

/** The hosts to attach, as whoever sets them wrote them. What the stack says goes before the setting. */
const namesOf = ({ domain, routes = [] }: DomainProps, { setting }: DomainPlace) => {
  const zone = {};
  if (domain === null) return { where: 'domain', names: [], zone };
  if (typeof domain === 'string') return { where: 'domain', names: [plainName(domain)], zone };
  const custom = routes.filter(({ customDomain }) => customDomain === true);
  const [first] = custom;
  if (first !== undefined) {
    const { pattern: _, customDomain: __, ...pin } = first;
    const names = custom.map(({ pattern }) => plainName(pattern.replace(/\/\*?$/, '')));
    return { where: 'routes', names, zone: pin };
  }
  return { where: 'MCP_DOMAIN', names: setting === undefined ? [] : [plainName(setting)], zone };
};

const plainName = (text: string): string => text.trim().toLowerCase();

/** One name, or none where it is another stage's. */
const forStage = (text: string, { stage, hub }: DomainPlace): string[] =>
  stage === hub || text.includes(STAGE) ? [text.replaceAll(STAGE, stage)] : [];

const notAHost = (where: string, text: string): string =>
  `${where} must be a host name such as mcp.example.com, or mcp-${STAGE}.example.com for every stage; "${text.slice(0, 100)}" is none.`;
