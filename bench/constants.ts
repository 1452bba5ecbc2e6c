// What everything here is measured in.

import { fileURLToPath } from 'node:url';

/** The shipped program. */
export const PROGRAM = fileURLToPath(new URL('../dist/latchkey.cjs', import.meta.url));
export const REGION = 'ap-northeast-1';
export const ACCOUNT = '111122223333';
