import type { Problem } from '../../errors.ts';
import { CREATION_POLICIES, DELETION_POLICIES } from './external-secret.ts';
import type { CreationPolicy, DeletionPolicy, ExternalSecretSpec } from './external-secret.ts';
import { EXTERNAL_SECRET_FIELDS } from './external-secret-fields.ts';
import { readHead } from './manifest-head.ts';
import { createObjectReader } from './object-reader.ts';
import type { ObjectReader } from './object-reader.ts';
import { isObjectName, OBJECT_NAME_RULE } from './object-name.ts';
import { readEntries } from './read-entries.ts';
import { readTemplate } from './read-template.ts';

export type ReadExternalSecret =
  | { readonly kind: 'external-secret'; readonly spec: ExternalSecretSpec }
  | { readonly kind: 'problems'; readonly problems: readonly [Problem, ...Problem[]] };

interface Policies {
  readonly creation: CreationPolicy;
  readonly deletion: DeletionPolicy;
}

/** The combinations that External Secrets Operator refuses: they would take away what somebody else keeps. */
function readPolicies(target: ObjectReader): Policies {
  const creation = target.choice('creationPolicy', CREATION_POLICIES, 'Owner');
  const deletion = target.choice('deletionPolicy', DELETION_POLICIES, 'Retain');
  const foreign = creation === 'Merge' || creation === 'CreateOrMerge' || creation === 'None';
  if ((deletion === 'Delete' && foreign) || (deletion === 'Merge' && creation === 'None')) {
    target.note('deletionPolicy', {
      message: `${deletion} does not go with creationPolicy ${creation}`,
      remedy: 'Write creationPolicy: Owner, or deletionPolicy: Retain.',
    });
  }
  return { creation, deletion };
}

function readSecretName(target: ObjectReader, otherwise: string): string {
  const name = target.text('name') ?? '';
  if (name === '') return otherwise;
  if (!isObjectName(name)) {
    target.note('name', { code: 'LK-NAME', message: 'it is no name of a Secret', remedy: OBJECT_NAME_RULE });
  }
  return name;
}

/**
 * Reads an ExternalSecret of External Secrets Operator, v1 or v1beta1, as it stands in a cluster or a file.
 *
 * @returns what it says, with defaults filled in; or everything that is wrong, each with its field and the remedy
 */
export function readExternalSecret(object: unknown): ReadExternalSecret {
  const reading = readHead(object, ['ExternalSecret'], EXTERNAL_SECRET_FIELDS);
  if (reading.kind === 'problems') return reading;
  const { head } = reading;
  const { spec, notes } = head;
  const target =
    spec.object('target') ??
    createObjectReader({}, EXTERNAL_SECRET_FIELDS['target']?.below ?? {}, 'spec.target', notes);
  const policies = readPolicies(target);
  const template = target.object('template');
  const read: ExternalSecretSpec = {
    apiVersion: head.apiVersion,
    name: head.name,
    ...(head.namespace === undefined ? {} : { namespace: head.namespace }),
    labels: head.labels,
    annotations: head.annotations,
    secretName: readSecretName(target, head.name),
    ...policies,
    immutable: target.flag('immutable'),
    entries: readEntries(head, policies.deletion !== 'Retain'),
    ...(template === undefined ? {} : { template: readTemplate(template) }),
  };
  const problems = notes.problems();
  return problems === undefined ? { kind: 'external-secret', spec: read } : { kind: 'problems', problems };
}
