// An operation as somebody must see it who is asked to say yes: who asked, what would change, and what would be lost.
import type { Operation } from '../contract/operation.ts';
import { type Loss, type Plan, summaryOf } from '../contract/plan.ts';
import { columns, plain } from './show.ts';

const MAX_ROWS = 200;

/** `deploy of staging, failed` */
export const titleOf = ({ kind, stage, status }: Operation): string =>
  `${kind} of ${plain(stage)}, ${status.replaceAll('_', ' ')}`;

export const detailsOf = (operation: Operation): string => {
  const { requester, tool, createdAt, expiresAt, approver, waitingFor, error, plan } = operation;
  const who =
    requester.client === requester.subject
      ? requester.client
      : `${requester.subject} by ${requester.client}`;
  const facts = [
    ['asked for by', `${plain(who)}, with ${plain(tool)}`],
    ['asked at', createdAt],
    ...(expiresAt === undefined ? [] : [['holds until', expiresAt]]),
    ...(approver === undefined ? [] : [['approved by', plain(approver)]]),
    ...(waitingFor === undefined ? [] : [['waits for', plain(waitingFor, 500)]]),
    ...(error === undefined ? [] : [['error', `${error.code}: ${plain(error.message, 500)}`]]),
  ];
  return [columns(facts), ...(plan === undefined ? [] : [planOf(plan)])].join('\n\n');
};

const planOf = (plan: Plan): string => {
  const changed = plan.resources.filter(({ action }) => action !== 'noop');
  const counts = Object.entries(summaryOf(changed)).filter(([, count]) => count > 0);
  const summary = counts.map(([action, count]) => `${count} ${action}`).join(', ');
  return [
    `Changes: ${summary === '' ? 'none' : summary}`,
    listed(changed, ({ action, id, type }) => [`  ${action}`, plain(id), plain(type)]),
    'Warnings:',
    listed(plan.warnings, ({ code, message }) => [`  ${code}`, plain(message, 500)]),
    'Lost with it:',
    listed(plan.losses, (loss) => [`  ${plain(loss.id)}`, lossOf(loss)]),
    `Digest: ${plan.digest}`,
  ].join('\n');
};

const listed = <T>(items: readonly T[], cells: (item: T) => string[]): string => {
  if (items.length === 0) return '  none';
  const rows = columns(items.slice(0, MAX_ROWS).map(cells));
  return items.length > MAX_ROWS ? `${rows}\n  … and ${items.length - MAX_ROWS} more` : rows;
};

const COUNTED = ['tables', 'rows', 'objects', 'bytes', 'keys', 'messages', 'instances'] as const;

const lossOf = (loss: Loss): string => {
  const counts = COUNTED.flatMap((what) => {
    const count = loss[what];
    if (count === undefined) return [];
    return [count === null ? `${what} unknown` : `${count} ${what}`];
  });
  const atLeast = loss.isComplete ? '' : ` (${plain(loss.detail)})`;
  return `${counts.join(', ')}${atLeast}`;
};
