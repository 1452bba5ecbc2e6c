import type { Input } from './input.ts';
import { namespaceOf } from './input.ts';
import { madeSecrets } from './made-secrets.ts';
import { knownUse, mentionsIn } from './mentions.ts';
import { type Row, rowAt } from './rows.ts';

/** What else than pods uses Secrets that definitions make: none of it can be annotations. */
export function mentionRows(input: Input): readonly Row[] {
  const made = madeSecrets(input.around);
  return input.manifests.objects.flatMap((object) =>
    mentionsIn(object)
      .filter(({ name }) => made.named(namespaceOf(object, input.options), name).length > 0)
      .map((mention): Row => {
        const why = knownUse(object, mention);
        const what = mention.path.join('.');
        return why === undefined
          ? rowAt(object, mention.path, {
              status: 'note',
              what,
              text: 'this may mean the Secret of a definition; only the reader of the field knows, so it stays',
            })
          : rowAt(object, mention.path, { status: 'kept', what, text: why });
      }),
  );
}
