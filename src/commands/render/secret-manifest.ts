import type { NewSecret } from '../../kubernetes/kubernetes.ts';
import type { Json } from '../../manifests/objects.ts';
import { MANAGED_BY, MANAGED_BY_LABEL, VELERO_EXCLUDE } from '../../names.ts';
import { dataKey } from '../../request/slot.ts';
import { existenceOf } from '../../admission/existence.ts';
import { REDACTED, type Reviewed, referenceTexts } from './shown-values.ts';

/** The managed Secret as the server creates it; without `showValues`, `stringData` with stand-ins in the place of `data`. */
export function secretManifest(secret: NewSecret, showValues: boolean): Json {
  const { name, namespace, labels, annotations, owner, type, data } = secret;
  const shown = showValues
    ? { data: Object.fromEntries([...data].map(([key, value]) => [key, base64(value.reveal())])) }
    : { stringData: Object.fromEntries([...data.keys()].map((key) => [key, REDACTED])) };
  const ownerReferences = owner === undefined ? {} : { ownerReferences: [{ ...owner, controller: false }] };
  const metadata = { name, namespace, labels, annotations, ...ownerReferences };
  return { apiVersion: 'v1', kind: 'Secret', metadata, type, immutable: true, ...shown };
}

/** The same where nothing was resolved: its keys with the references that go into them. Members of bulks are not known. */
export function unresolvedSecretManifest(name: string, { plan, namespace }: Reviewed): Json {
  const texts = referenceTexts(plan);
  const keys = existenceOf(plan, undefined).slots.map(dataKey);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels: { [MANAGED_BY_LABEL]: MANAGED_BY, [VELERO_EXCLUDE]: 'true' } },
    type: 'Opaque',
    immutable: true,
    stringData: Object.fromEntries(keys.map((key) => [key, texts.get(key) ?? REDACTED])),
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
