import type { SecretValue } from '../../secret-value.ts';

/** Where tools keep a copy of the whole object, values and all, for their next comparison. */
const COPIES = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'kubecfg.ksonnet.io/last-applied-configuration',
  'banzaicloud.com/last-applied',
  'kapp.k14s.io/original',
  'kapp.k14s.io/original-diff',
  'objectset.rio.cattle.io/applied',
]);
/** Shorter values stand in other texts by chance. */
const MIN_BYTES = 8;

/** The annotations that would give away what is sealed: copies of the object, and texts that hold one of its values. */
export function leakingAnnotations(
  annotations: Readonly<Record<string, string>>,
  values: Iterable<SecretValue>,
): readonly string[] {
  const texts = [...values].filter(({ size }) => size >= MIN_BYTES).flatMap(writtenForms);
  return Object.entries(annotations)
    .filter(([key, annotation]) => COPIES.has(key) || texts.some((text) => annotation.includes(text)))
    .map(([key]) => key);
}

function writtenForms(value: SecretValue): readonly string[] {
  const bytes = Buffer.from(value.reveal());
  return [bytes.toString('utf8'), bytes.toString('base64')];
}
