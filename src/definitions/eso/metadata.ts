import { LatchkeyError } from '../../errors.ts';
import { PREFIX } from '../../names.ts';
import { isAnnotationKey, isLabelValue, MOST_ANNOTATION_BYTES } from '../object-metadata.ts';

/** Labels or annotations by their keys. */
export type Texts = ReadonlyMap<string, string>;

/** Whether it is Latchkey's own: what marks our Secrets is never what a definition says. */
export function isOurs(key: string): boolean {
  return key.startsWith(PREFIX);
}

export type MetadataKind = 'label' | 'annotation';

/** Throws LK-NAME or LK-RESERVED for a key that Kubernetes or Latchkey does not take. The key is not in the message. */
export function checkMetadataKey(kind: MetadataKind, key: string): void {
  if (isOurs(key)) {
    const message = `${kind}s under ${PREFIX} are Latchkey's own`;
    throw new LatchkeyError('LK-RESERVED', message, 'Use another prefix.');
  }
  if (isAnnotationKey(kind === 'label' ? key : key.toLowerCase())) return;
  throw new LatchkeyError(
    'LK-NAME',
    `it is no key of a ${kind}`,
    'A key is NAME or example.com/NAME, with letters, digits and - _ . in the name.',
  );
}

/** As {@link checkMetadataKey}, and LK-NAME for a text that no label can have. Nothing of either is in the message. */
export function checkMetadata(kind: MetadataKind, key: string, text: string): void {
  checkMetadataKey(kind, key);
  if (kind === 'annotation' || isLabelValue(text)) return;
  throw new LatchkeyError(
    'LK-NAME',
    'the value is none that a label can have',
    'A label has letters, digits and - _ . only, at most 63 of them; an annotation holds any text.',
  );
}

/** Throws LK-TOO-LARGE where Kubernetes would. */
export function checkAnnotationSize(annotations: Texts): void {
  let total = 0;
  for (const [key, text] of annotations) total += Buffer.byteLength(key) + Buffer.byteLength(text);
  if (total <= MOST_ANNOTATION_BYTES) return;
  const message = `all annotations together have more than ${MOST_ANNOTATION_BYTES / 1024} KiB`;
  throw new LatchkeyError('LK-TOO-LARGE', message, 'Leave some of them out.');
}
