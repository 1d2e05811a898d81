import type { AppError } from '../../base/errors';
import { findFlowTarget, type AccessTarget, type Flow } from '../../access/flow';
import type { Grant } from '../../access/grant';
import { instanceLabel, type Instance } from '../../access/instance';
import { reachObstacle, reachReport, type ReachObstacle } from '../../access/reach';
import type { ErrorText } from './errorText';
import type { Localizer } from './localizer';

/** `Department=FrontEnd`, or `Department=FrontEnd and Stage=prod`. */
export function conditionText(l10n: Localizer, target: AccessTarget): string {
  const conditions = Object.entries(target.instanceTags).map(([key, value]) => `${key}=${value}`);
  return conditions.length === 0 ? l10n.t('every instance') : conditions.join(l10n.t(' and '));
}

/** The half sentence behind "because": what the instance has instead of what the target wants. */
export function obstacleText(l10n: Localizer, instance: Instance, obstacle: ReachObstacle): string {
  const name = instanceLabel(instance);
  if (obstacle.kind === 'account') return l10n.t('{0} is in account {1}', name, obstacle.actual);
  return obstacle.actual === undefined
    ? l10n.t('{0} has no tag {1}', name, obstacle.key)
    : l10n.t('{0} has {1}', name, `${obstacle.key}=${obstacle.actual}`);
}

/**
 * Joins AWS's refusal with what we know: the condition of the grant it was tried with, the tags of the instance, and the
 * target that would reach it. AWS's own sentence stays in the details.
 */
export function accessDeniedText(
  l10n: Localizer,
  error: AppError,
  context: {
    readonly instance: Instance;
    readonly flows: readonly Flow[];
    /** Absent when a standing role was tried; `roleName` then names it. */
    readonly grant?: Grant | undefined;
    readonly roleName?: string | undefined;
    readonly documentName?: string | undefined;
  },
): ErrorText {
  const { instance, flows, grant } = context;
  // A refusal is no emergency: that way is not offered where somebody may click it by the way.
  const better = reachReport(flows, instance).reaching.find(
    ({ flow, target }) => target.id !== grant?.targetId && !flow.breakGlass,
  );
  const mend = better
    ? ({
        kind: 'requestAccess',
        label: better.target.label,
        flowId: better.flow.id,
        targetId: better.target.id,
      } as const)
    : undefined;
  const withMend = (sentence: string): ErrorText => (mend ? { sentence, mend } : { sentence });

  if (grant) {
    const target = findFlowTarget(flows, grant.flowId, grant.targetId)?.target ?? grant.target;
    const obstacle = reachObstacle(target, instance);
    if (obstacle) {
      return withMend(
        l10n.t(
          'AWS refused: your {0} access covers instances with {1}; {2}.',
          target.label,
          conditionText(l10n, target),
          obstacleText(l10n, instance, obstacle),
        ),
      );
    }
    if (error.details['resource']?.includes(':document/')) {
      // AWS's own policy for access tokens: the standard shell and nothing else.
      if (grant.target.permissionSet === undefined) {
        return withMend(
          l10n.t(
            'Your {0} access opens shells only: AWS’s just-in-time node access does not forward ports.',
            target.label,
          ),
        );
      }
      return {
        sentence: l10n.t(
          'AWS refused: your {0} access does not include the session document {1}.',
          target.label,
          error.details['resource'].split(':document/')[1] ?? context.documentName ?? '',
        ),
      };
    }
    return withMend(
      l10n.t(
        'AWS refused: your {0} access should cover {1}, but its policy does not allow {2}.',
        target.label,
        instanceLabel(instance),
        error.details['action'] ?? 'ssm:StartSession',
      ),
    );
  }
  return withMend(
    l10n.t(
      'AWS refused: your standing role {0} may not do {1} on {2}.',
      context.roleName ?? l10n.t('in this account'),
      error.details['action'] ?? 'ssm:StartSession',
      instanceLabel(instance),
    ),
  );
}
