import type { ManifestObject } from '../manifests/objects.ts';
import { podTemplateOf, type PodTemplate } from '../manifests/pod-templates.ts';
import { printable } from '../quote.ts';
import type { Changing } from './changed-files.ts';
import { notConvertible } from './definitions/meaning.ts';
import { type Input, namespaceOf, planDefaults } from './input.ts';
import { type MadeSecrets, madeSecrets } from './made-secrets.ts';
import { type Row, rowAt } from './rows.ts';
import { withShortCiphertexts } from './short-ciphertexts.ts';
import { type ConvertedTemplate, convertTemplate, type Kept } from './workloads/convert-template.ts';
import { secretsIn, type Use, usesOf, useTitle } from './workloads/uses.ts';

/** `--to annotations`: every use of a Secret that a definition makes, in every pod template. */
export function annotate(input: Input, changing: Changing): readonly Row[] {
  const made = madeSecrets(input.around);
  const rows = input.manifests.objects.flatMap((object) => {
    const template = podTemplateOf(object);
    if (template === undefined) return [];
    return templateRows(template, input, made, changing);
  });
  const told = new Set<string>();
  return rows.filter(({ status, what, text }) => {
    const key = JSON.stringify([what, text]);
    const isNew = status !== 'note' || !told.has(key);
    told.add(key);
    return isNew;
  });
}

function templateRows(
  template: PodTemplate,
  input: Input,
  made: MadeSecrets,
  changing: Changing,
): readonly Row[] {
  const { object } = template;
  const namespace = namespaceOf(object, input.options);
  const uses = usesOf(template).filter((use) =>
    secretsIn(use).some((secret) => made.named(namespace, secret).length > 0),
  );
  if (uses.length === 0) return [];
  const [free, barred] = byPatches(object, uses, input);
  const converted = convertTemplate(
    {
      template,
      namespace,
      objects: input.objects,
      defaultNamespace: input.options.namespace,
      isMade: (secret) => made.named(namespace, secret).length > 0,
      meanings: made.meaningsFor(namespace),
      defaults: planDefaults(input, namespace),
      checkEdits: changing.check,
    },
    free,
  );
  if (converted.edits.length > 0) changing.edit(object, converted.edits);
  return [
    ...convertedRows(object, converted),
    ...[...converted.kept, ...barred].map((kept) => keptRow(object, kept)),
    ...readerRows(template, converted, input, made),
  ];
}

/** What no patch of kustomize stands against, and what one does. */
function byPatches(
  object: ManifestObject,
  uses: readonly Use[],
  { kustomized }: Input,
): readonly [readonly Use[], readonly Kept[]] {
  if (kustomized.patchFiles.has(object.file)) {
    const why = notConvertible(
      'this is a kustomize patch, and not all of the object',
      'Convert what is built: kustomize build DIR | latchkey migrate -f -.',
    );
    return [[], uses.map((use) => ({ use, why }))];
  }
  const patches = kustomized.patches.filter((patch) => patch.targets(object));
  const barred = uses.flatMap((use): readonly Kept[] => {
    const patch = patches.find((each) => each.touches(use));
    if (patch === undefined) return [];
    const why = notConvertible(
      `a kustomize patch changes it too (${printable(patch.file, 1000)})`,
      'Convert what is built: kustomize build DIR | latchkey migrate -f -.',
    );
    return [{ use, why }];
  });
  return [uses.filter((use) => !barred.some((each) => each.use === use)), barred];
}

function convertedRows(object: ManifestObject, { arranged }: ConvertedTemplate): readonly Row[] {
  return arranged.map(({ from: { use }, results, differences }) =>
    rowAt(object, use.path, {
      status: differences.length === 0 ? 'converted' : 'differs',
      what: useTitle(use),
      text: withShortCiphertexts(results.join('; ')),
      differences,
    }),
  );
}

function keptRow(object: ManifestObject, { use, why }: Kept): Row {
  const text = `${why.message}${why.remedy === '' ? '' : `. ${why.remedy}`}`;
  return rowAt(object, use.path, { status: 'kept', what: useTitle(use), text: withShortCiphertexts(text) });
}

/** Who reads from now on, with annotations always the pod; and who opens what is sealed. */
function readerRows(
  template: PodTemplate,
  { arranged }: ConvertedTemplate,
  { options }: Input,
  made: MadeSecrets,
): readonly Row[] {
  const { object } = template;
  const namespace = namespaceOf(object, options);
  const secrets = new Set(arranged.flatMap(({ from: { use } }) => secretsIn(use)));
  const all = [...secrets].flatMap((secret) => made.named(namespace, secret));
  const note = (what: string, text: string): Row =>
    rowAt(object, [...template.path, 'spec'], { status: 'note', what, text });
  const readers = [...new Set(all.flatMap(({ reader }) => reader ?? []))].join(', ');
  const flags = [...new Set(all.flatMap(({ openedWith }) => openedWith ?? []))].join(' and ');
  return [
    ...(readers === ''
      ? []
      : [
          note(
            `service account ${namespace}/${accountOf(template)}`,
            `it reads these values from now on, and no longer ${readers}; --iam prints what it needs`,
          ),
        ]),
    ...(flags === ''
      ? []
      : [note('sealed values', `the webhook opens them, with no role of AWS: serve needs ${flags}`)]),
  ];
}

function accountOf(template: PodTemplate): string {
  const spec = template.value['spec'];
  const name =
    typeof spec === 'object' && spec !== null && 'serviceAccountName' in spec ? spec.serviceAccountName : '';
  return typeof name === 'string' && name !== '' ? name : 'default';
}
