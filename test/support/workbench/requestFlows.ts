import { SANDBOX_SETTINGS } from '../../../scripts/workbench/home.mjs';

const frontEnd = {
  id: 'acme:access_target:aws_sso_permission_set:frontend-ssh:latest',
  label: 'FrontEnd SSH',
  accountId: '123456789012',
  permissionSet: 'FrontEndSSHAccess',
  instanceTags: { Department: 'FrontEnd' },
};

/** Every kind of question that Sym's provider knows, with and without given answers. */
export const EVERY_QUESTION = {
  broker: 'sym',
  id: 'acme:flow:every_question:latest',
  label: 'Every question',
  approvers: '#sym-questions',
  targets: [{ ...frontEnd, label: 'FrontEnd questions' }],
  fields: [
    { name: 'reason', label: 'Why do you need access?', type: 'string' },
    { name: 'ticket', label: 'Ticket', type: 'string', required: false, default: 'OPS-' },
    { name: 'stage', label: 'Stage', type: 'string', allowedValues: ['dev', 'staging', 'prod'] },
    {
      name: 'service',
      label: 'Service',
      type: 'string',
      allowedValues: ['api', 'billing', 'catalogue', 'checkout', 'mail', 'search', 'web'],
    },
    { name: 'hosts', label: 'How many hosts', type: 'int' },
    { name: 'pager', label: 'The pager has rung', type: 'bool', required: false },
    {
      name: 'duration',
      label: 'How long',
      type: 'duration',
      allowedValues: ['15m', '30m', '1h', '4h', '1d'],
    },
    { name: 'window', label: 'Length of the window', type: 'duration' },
    { name: 'buddy', label: 'Who looks over your shoulder', type: 'slack_user' },
    { name: 'watchers', label: 'Who else is told', type: 'slack_user_list', required: false },
    {
      name: 'areas',
      label: 'Areas',
      type: 'str_list',
      allowedValues: ['logs', 'database', 'queue', 'cache'],
    },
    { name: 'commands', label: 'Commands', type: 'str_list', required: false },
    { name: 'ports', label: 'Ports', type: 'int_list', required: false },
    { name: 'origin', label: 'Origin', type: 'string', visible: false, default: 'editor' },
  ],
} as const;

/** A question that leads to others. */
export const CONDITIONAL = {
  broker: 'sym',
  id: 'acme:flow:conditional:latest',
  label: 'Conditional',
  approvers: '#sym-requests',
  targets: [{ ...frontEnd, label: 'FrontEnd by impact' }],
  fields: [
    { name: 'reason', label: 'Why do you need access?', type: 'string' },
    { name: 'impact', label: 'Impact', type: 'string', allowedValues: ['none', 'slow', 'outage'] },
    {
      name: 'incident',
      label: 'Incident number',
      type: 'string',
      when: { field: 'impact', equals: ['slow', 'outage'] },
    },
    { name: 'paged', label: 'Somebody was paged', type: 'bool', when: { field: 'impact', equals: 'outage' } },
    { name: 'who', label: 'Who was paged', type: 'slack_user', when: { field: 'paged', equals: true } },
    { name: 'duration', label: 'How long', type: 'duration', allowedValues: ['30m', '1h'] },
  ],
} as const;

/** The sandbox's own flow for emergencies. */
export const BREAK_GLASS = SANDBOX_SETTINGS['jitAccess.flows'].find(
  ({ id }) => id === 'acme:flow:break_glass:latest',
);
