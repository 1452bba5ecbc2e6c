import { quoted } from '../../quote.ts';
import { didYouMean } from '../../nearest.ts';
import type { StoreName } from '../../request/plan.ts';
import type { OtherBackend } from './fields.ts';
import type { Mapping } from './shape.ts';
import { has, placeOf, textAt, wrong } from './shape.ts';

/** The AWS backends, and where they read. */
export const BACKENDS = {
  secretsManager: 'secretsmanager',
  systemManager: 'ssm',
} as const satisfies Record<string, StoreName>;

export type KesBackend = keyof typeof BACKENDS;

/** Of the first releases; KES still takes it. */
export const LEGACY_SECRETS_MANAGER = 'secretManager';

const OTHERS: Readonly<Record<OtherBackend, string>> = {
  vault: 'HashiCorp Vault',
  azureKeyVault: 'Azure Key Vault',
  gcpSecretsManager: 'Google Secret Manager',
  alicloudSecretsManager: 'Alibaba Cloud',
  ibmcloudSecretsManager: 'IBM Cloud',
  akeyless: 'Akeyless',
};

const KNOWN = [...Object.keys(BACKENDS), ...Object.keys(OTHERS)];
const OURS = Object.keys(BACKENDS).join(' and ');

/** Whether `backendType` says that a definition reads from somewhere else than AWS. */
export function isForeignBackend(written: unknown): boolean {
  return typeof written === 'string' && Object.hasOwn(OTHERS, written);
}

/** The backend; `foreign` where it is none of AWS's, and what else the definition says is not for us to judge. */
export function readBackend(spec: Mapping): KesBackend | 'foreign' | undefined {
  const written = textAt(spec, 'backendType');
  if (written === LEGACY_SECRETS_MANAGER) return 'secretsManager';
  if (written !== undefined && Object.hasOwn(BACKENDS, written)) return written as KesBackend;
  if (written !== undefined && Object.hasOwn(OTHERS, written)) {
    const name = OTHERS[written as OtherBackend];
    spec.findings.refuse(placeOf(spec, 'backendType'), () =>
      wrong(
        `backend ${written} (${name}) is not one of AWS`,
        `Latchkey reads AWS only (${OURS}). Move the secret to AWS, or leave this definition to the controller that makes its Secret.`,
      ),
    );
    return 'foreign';
  }
  if (written !== undefined || !has(spec, 'backendType')) {
    spec.findings.refuse(placeOf(spec, 'backendType'), () =>
      wrong(
        written === undefined ? 'it is missing' : `backend ${quoted(written)} is not known`,
        `Latchkey reads ${OURS}.${didYouMean(written ?? '', KNOWN)}`,
      ),
    );
  }
  return undefined;
}
