// What a model should do now, in a sentence or two: each outcome of an operation leads to one next call, or to a person.
import { hasEnded, type Operation } from '../../../contract/operation.ts';
import { phraseFor } from '../../../contract/plan.ts';

export const nextStep = (operation: Operation, isSelfReplaced: boolean, now: number): string => {
  if (operation.error !== undefined) return operation.error.next;
  if (operation.status === 'awaiting_approval') return approvalOf(operation);
  if (!hasEnded(operation.status)) return waitFor(operation, isSelfReplaced);
  if (operation.status !== 'succeeded') return `Plan again: ${planCall(operation)}.`;
  return afterSuccess(operation, now);
};

const approvalOf = ({ operationId }: Operation): string =>
  `Another person than the one who asked must approve it: ask them to run \`bun mcp approve ${operationId}\`. Then call get_operation with this operationId.`;

const waitFor = (
  { operationId, status, waitingFor, isCancelRequested, dispatch }: Operation,
  isSelfReplaced: boolean,
): string => {
  const call = `call get_operation with operationId "${operationId}"`;
  if (isSelfReplaced) return `The server itself is being replaced; ${call} in a few seconds.`;
  if (isCancelRequested)
    return `Its runner was asked to stop, and does so between two resources; ${call} in a few seconds.`;
  if (status === 'queued' && dispatch !== undefined)
    return `${dispatched(dispatch)} ${capital(call)} in a minute.`;
  if (waitingFor !== undefined) return `It waits, as waitingFor says; ${call} in a minute.`;
  return `It is ${status}, and goes on by itself; ${call} in a few seconds.`;
};

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const dispatched = ({
  askedAt,
  state,
  url = 'see the repository',
  reason = 'no reason is known',
}: NonNullable<Operation['dispatch']>): string => {
  switch (state) {
    case 'asking':
    case 'asked':
      return `A GitHub workflow run was asked for at ${askedAt}; runs: ${url}.`;
    case 'unanswered':
      return `A GitHub workflow run was asked for at ${askedAt}, and GitHub did not answer: it may have started; runs: ${url}.`;
    case 'retrying':
      return `A GitHub workflow run was asked for at ${askedAt}, and is asked for again soon: ${reason}`;
    case 'refused':
      return `GitHub started no workflow run for it: ${reason} It stays queued for another runner (\`bun mcp runner\`), 15 minutes at most.`;
  }
};

const planCall = ({ kind, stage }: Operation): string => {
  switch (kind) {
    case 'deploy':
    case 'deploy_plan':
      return `call deploy_infrastructure with stage "${stage}" and dryRun: true`;
    case 'destroy':
    case 'destroy_plan':
      return `call destroy_infrastructure with stage "${stage}"`;
    case 'drift':
      return `call detect_drift with stage "${stage}"`;
  }
};

const afterSuccess = (operation: Operation, now: number): string => {
  const { kind, stage } = operation;
  switch (kind) {
    case 'deploy_plan':
    case 'destroy_plan':
      return afterPlan(operation, now);
    case 'deploy':
      return `Done. Call get_resource_status with stage "${stage}" to see whether each resource is healthy.`;
    case 'destroy':
      return `Done: what the plan named is gone from stage "${stage}".`;
    case 'drift':
      return operation.drift?.resources.some(({ status }) => status !== 'in_sync') === true
        ? `To see what a deployment would mend, call deploy_infrastructure with stage "${stage}" and dryRun: true.`
        : 'Nothing to do: everything is as Alchemy’s state says.';
  }
};

const afterPlan = (operation: Operation, now: number): string => {
  const { plan, planId, stage, kind, expiresAt } = operation;
  if (plan === undefined || planId === undefined) return `Plan again: ${planCall(operation)}.`;
  if (plan.resources.every(({ action }) => action === 'noop'))
    return kind === 'deploy_plan'
      ? 'Nothing to do: the stage is as alchemy.run.ts describes it.'
      : 'Nothing to do: the stage has no resources.';
  if (expiresAt !== undefined && Date.parse(expiresAt) <= now)
    return `This plan has expired. Plan again: ${planCall(operation)}.`;
  if (plan.warnings.some(({ isBlocking }) => isBlocking === true))
    return `This plan would stop half-way and does not begin. Show the person the warnings; once what they name is mended, plan again: ${planCall(operation)}.`;
  const within = minutesTo(expiresAt, now);
  const read = plan.warnings.length > 0 ? 'the changes and the warnings' : 'the changes';
  return kind === 'deploy_plan'
    ? `Show the person ${read}. If they agree, call deploy_infrastructure with stage "${stage}" and planId "${planId}"${within}.`
    : `Show the person ${read} and what would be lost. If they agree, call destroy_infrastructure with stage "${stage}", confirm: true, planId "${planId}" and phrase "${phraseFor(plan)}"${within}.`;
};

const SLACK_MS = 5_000;

const minutesTo = (expiresAt: string | undefined, now: number): string => {
  if (expiresAt === undefined) return '';
  // A plan of this moment holds 15 minutes, not 14.
  const minutes = Math.max(1, Math.floor((Date.parse(expiresAt) - now + SLACK_MS) / 60_000));
  return minutes === 1 ? ' within a minute' : ` within ${minutes} minutes`;
};
