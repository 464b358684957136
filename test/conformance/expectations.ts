// What the official conformance suite is expected to find, scenario by scenario. Whatever it finds otherwise fails the
// test, for better as for worse, and so does a scenario that stands in no list here: a new version of the suite must be
// read, not trusted.

export const REVISIONS = ['2026-07-28', '2025-11-25'] as const;
export type Revision = (typeof REVISIONS)[number];

/**
 * `fixture`: our edge, endpoint, seam and registry in workerd, with the tools, resources and prompts the suite asks for.
 * `product`: the server as it is deployed, with its own tools.
 */
export const TARGETS = ['fixture', 'product'] as const;
export type Target = (typeof TARGETS)[number];

/** INFO: the suite only remarks something. SKIPPED: it finds the check does not apply. */
export type Status = 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO' | 'SUCCESS';

interface Deviation {
  readonly because: string;
  /** Check → what it comes to. All others of the scenario succeed. */
  readonly checks: Readonly<Record<string, Exclude<Status, 'SUCCESS'>>>;
}

export interface Expectations {
  /** Every check succeeds, at least one. */
  readonly clean: readonly string[];
  /** Scenarios that mean something only where their own tools, resources or prompts exist. They must not succeed. */
  readonly needFixture: readonly string[];
  readonly deviations: Readonly<Record<string, Deviation>>;
}

/** Scenarios of both revisions that call fixtures by name. */
const FIXTURES = [
  'completion-complete',
  'tools-call-simple-text',
  'tools-call-image',
  'tools-call-audio',
  'tools-call-embedded-resource',
  'tools-call-mixed-content',
  'tools-call-error',
  'tools-call-with-progress',
  'json-schema-2020-12',
  'resources-list',
  'resources-read-text',
  'resources-read-binary',
  'resources-templates-read',
  'prompts-list',
  'prompts-get-simple',
  'prompts-get-with-args',
  'prompts-get-embedded-resource',
  'prompts-get-with-image',
] as const;

const FIXTURES_2026 = [
  ...FIXTURES,
  'sep-2164-resource-not-found',
  'http-custom-header-server-validation',
  'input-required-result-basic-elicitation',
  'input-required-result-basic-sampling',
  'input-required-result-basic-list-roots',
  'input-required-result-request-state',
  'input-required-result-multiple-input-requests',
  'input-required-result-multi-round',
  'input-required-result-missing-input-response',
  'input-required-result-non-tool-request',
  'input-required-result-result-type',
  'input-required-result-tampered-state',
  'input-required-result-capability-check',
  'input-required-result-ignore-extra-params',
] as const;

const FIXTURES_2025 = [
  ...FIXTURES,
  'logging-set-level',
  'tools-call-with-logging',
  'resources-subscribe',
  'resources-unsubscribe',
] as const;

const CLEAN_ANYWHERE_2026 = [
  'tools-list',
  'server-sse-multiple-streams',
  'dns-rebinding-protection',
  'http-header-validation',
  'input-required-result-unsupported-methods',
  'input-required-result-validate-input',
] as const;

const CLEAN_ANYWHERE_2025 = [
  'server-initialize',
  'ping',
  'tools-list',
  'dns-rebinding-protection',
] as const;

const LISTS_DO_NOT_CHANGE = {
  'sep-2575-server-sends-prompts-list-changed-on-subscription': 'SKIPPED',
  'sep-2575-server-sends-tools-list-changed-on-subscription': 'SKIPPED',
} as const;

const NO_SESSIONS =
  'There are no sessions and nothing to resume: 2025-11-25 leaves both to the server.';

const SESSIONS: Expectations['deviations'] = {
  'server-session-lifecycle': {
    because: NO_SESSIONS,
    checks: { 'server-session-lifecycle-skipped': 'INFO' },
  },
  'server-sse-multiple-streams': {
    because: NO_SESSIONS,
    checks: { 'server-sse-multiple-streams-session': 'WARNING' },
  },
};

const NO_PUSH =
  'The server asks the client by a request of its own. Without sessions the answer would reach another instance, so the ' +
  'question is refused; revision 2026-07-28 has no such requests.';

const PUSH_SCENARIOS = {
  'tools-call-sampling': 'tools-call-sampling',
  'tools-call-elicitation': 'tools-call-elicitation',
  'elicitation-sep1034-defaults': 'elicitation-sep1034-general',
  'elicitation-sep1330-enums': 'elicitation-sep1330-general',
} as const;

const PUSHES: Expectations['deviations'] = Object.fromEntries(
  Object.entries(PUSH_SCENARIOS).map(([scenario, check]) => [
    scenario,
    { because: NO_PUSH, checks: { [check]: 'FAILURE' } },
  ]),
);

const POLLING = {
  'server-sse-polling-session': 'WARNING',
  'server-sse-priming-event': 'WARNING',
  'server-sse-retry-field': 'WARNING',
  'server-sse-disconnect-resume': 'INFO',
} as const;

const MISSING_DIAGNOSTICS =
  'Four checks call diagnostic tools, which the product has not; that lists change is not declared.';

export const EXPECTATIONS: Readonly<Record<Target, Readonly<Record<Revision, Expectations>>>> = {
  fixture: {
    '2026-07-28': {
      clean: [...CLEAN_ANYWHERE_2026, ...FIXTURES_2026, 'caching'],
      needFixture: [],
      deviations: {
        'server-stateless': {
          because: 'The endpoint declares that its lists do not change while a client listens.',
          checks: LISTS_DO_NOT_CHANGE,
        },
      },
    },
    '2025-11-25': {
      clean: [...CLEAN_ANYWHERE_2025, ...FIXTURES_2025],
      needFixture: [],
      deviations: {
        ...SESSIONS,
        ...PUSHES,
        'server-sse-polling': { because: NO_SESSIONS, checks: POLLING },
      },
    },
  },
  product: {
    '2026-07-28': {
      clean: CLEAN_ANYWHERE_2026,
      needFixture: FIXTURES_2026,
      deviations: {
        'server-stateless': {
          because: MISSING_DIAGNOSTICS,
          checks: {
            ...LISTS_DO_NOT_CHANGE,
            'sep-2575-server-rejects-undeclared-capability': 'FAILURE',
            'sep-2575-missing-capability-http-400': 'FAILURE',
            'sep-2575-http-server-no-independent-requests-on-stream': 'FAILURE',
            'sep-2575-server-no-log-without-loglevel': 'FAILURE',
          },
        },
        caching: {
          because: 'Four checks read prompts and resources, which the product has not.',
          checks: {
            'sep-2549-prompts-list-caching-hints': 'FAILURE',
            'sep-2549-resources-list-caching-hints': 'FAILURE',
            'sep-2549-resources-templates-list-caching-hints': 'FAILURE',
            'sep-2549-resources-read-caching-hints': 'SKIPPED',
          },
        },
      },
    },
    '2025-11-25': {
      clean: CLEAN_ANYWHERE_2025,
      needFixture: [...FIXTURES_2025, ...Object.keys(PUSH_SCENARIOS)],
      deviations: {
        ...SESSIONS,
        'server-sse-polling': { because: NO_SESSIONS, checks: POLLING },
      },
    },
  },
};

/** Of no revision: extensions, which a server may leave out and this one does not declare. */
export const EXTENSIONS = [
  'sep-2640-skills-directory',
  'sep-2640-skills-enumeration',
  'sep-2640-skills-manifest',
  'tasks-lifecycle',
  'tasks-capability-negotiation',
  'tasks-wire-fields',
  'tasks-request-state-removal',
  'tasks-mrtr-input',
  'tasks-request-headers',
  'tasks-dispatch-and-envelope',
  'tasks-status-notifications',
  'tasks-required-task-error',
  'tasks-mrtr-composition',
] as const;
