import { createHash } from 'node:crypto';
import type { Question } from '../recipe.ts';
import { contentKey } from './content-key.ts';
import type { ExternalSecretSpec } from './external-secret.ts';

/**
 * A SHA-256, as hex, of everything that decides what is made. What the stores say has become the accesses and addresses of
 * the questions; without a template, labels and annotations are part of what is made.
 *
 * @param questions one for each entry, in their order
 */
export function definitionHash(spec: ExternalSecretSpec, questions: readonly Question[]): string {
  const { secretName, creation, deletion, immutable, template, labels, annotations } = spec;
  const inherited = template === undefined ? { labels, annotations } : {};
  const entries = spec.entries.map((entry) => ({ ...entry, store: undefined }));
  const asked = questions.map(({ access, address }) => ({ access, address }));
  const deciding = { secretName, creation, deletion, immutable, entries, template, ...inherited, asked };
  return createHash('sha256').update(contentKey(deciding)).digest('hex');
}
