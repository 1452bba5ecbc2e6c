import type { Flag } from './flags.ts';

const TAKE_OVER = ['take-over'] as const;

export const TAKE_OVER_FLAGS = [
  {
    name: 'definition',
    kind: 'choice',
    choices: ['kes', 'eso', 'sealed-secret', 'ascp'],
    commands: TAKE_OVER,
    help: 'which definition shall keep it, where several make it',
  },
  { name: 'yes', kind: 'boolean', commands: TAKE_OVER, help: 'do it; without this it is only shown' },
  {
    name: 'dry-run',
    kind: 'boolean',
    commands: TAKE_OVER,
    help: 'let the API server check it, and change nothing',
  },
  {
    name: 'force',
    kind: 'boolean',
    commands: TAKE_OVER,
    help: 'also while a Deployment of the other controller runs',
  },
] as const satisfies readonly Flag[];
