// Before `npm run test:aws`: moto is there afterwards.

import { installedMoto } from './moto-program.ts';

try {
  console.error(`moto: ${installedMoto((line) => console.error(line))}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
