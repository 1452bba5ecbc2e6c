import { ASCP } from './ascp.ts';
import type { DefinitionKind } from './definition-kind.ts';
import { ESO } from './eso.ts';
import { KES } from './kes.ts';
import { SEALED_SECRET } from './sealed-secret.ts';

/** Every kind of definition that can be migrated to annotations. */
export const DEFINITION_KINDS: readonly DefinitionKind[] = [KES, ESO, SEALED_SECRET, ASCP];
