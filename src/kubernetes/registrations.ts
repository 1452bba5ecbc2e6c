import { LatchkeyError } from '../errors.ts';
import { quoted } from '../quote.ts';
import { apiPath, checkName } from './api-path.ts';
import type { Registration, RegistrationKind } from './controller-api.ts';
import { record } from './json.ts';
import { deniedByAdmission, refusal, statusOf, type Asked } from './refusal.ts';
import type { Transport } from './transport.ts';

const RESOURCES: { readonly [K in RegistrationKind]: string } = {
  mutating: 'mutatingwebhookconfigurations',
  validating: 'validatingwebhookconfigurations',
};

export async function readRegistration(
  send: Transport,
  at: Pick<Registration, 'kind' | 'name'>,
  signal: AbortSignal,
): Promise<Registration | undefined> {
  const answer = await send({ method: 'GET', path: pathOf(at), repeatable: true, signal });
  if (answer.status === 404) return undefined;
  const { metadata, webhooks } = record(answer.body);
  const { resourceVersion } = record(metadata);
  const list: unknown = webhooks ?? [];
  if (answer.status !== 200 || typeof resourceVersion !== 'string' || !Array.isArray(list)) {
    throw refusal(answer, askedOf('get', at));
  }
  return { ...at, resourceVersion, bundles: list.map(bundleOf) };
}

/** A JSON patch: unlike an update it cannot drop fields that we don't know. It applies to the version that was read only. */
export async function publishBundle(
  send: Transport,
  registration: Registration & { readonly bundle: string },
  signal: AbortSignal,
): Promise<'done' | 'conflict'> {
  const caBundle = Buffer.from(registration.bundle).toString('base64');
  const body = [
    { op: 'test', path: '/metadata/resourceVersion', value: registration.resourceVersion },
    ...registration.bundles.map((_, index) => ({
      op: 'add',
      path: `/webhooks/${String(index)}/clientConfig/caBundle`,
      value: caBundle,
    })),
  ];
  const answer = await send({
    method: 'PATCH',
    path: pathOf(registration),
    body,
    contentType: 'application/json-patch+json',
    repeatable: true,
    signal,
  });
  if (answer.status === 200) return 'done';
  if (deniedByAdmission(statusOf(answer.body).message)) {
    throw new LatchkeyError(
      'LK-KUBERNETES',
      `a policy refused the caBundle of ${registration.kind} webhook configuration ${quoted(registration.name)} (${String(answer.status)})`,
      'Let the user of latchkey controller change caBundle, and nothing else, of this configuration.',
    );
  }
  // A `test` that fails is 422.
  if (answer.status === 409 || answer.status === 422) return 'conflict';
  throw refusal(answer, askedOf('patch', registration));
}

function pathOf({ kind, name }: Pick<Registration, 'kind' | 'name'>): string {
  checkName('webhook configuration', name);
  return apiPath(['apis', 'admissionregistration.k8s.io', 'v1', RESOURCES[kind], name]);
}

function askedOf(verb: Asked['verb'], { kind }: Pick<Registration, 'kind'>): Asked {
  return { verb, resource: `${RESOURCES[kind]}.admissionregistration.k8s.io` };
}

function bundleOf(webhook: unknown): string {
  const { caBundle } = record(record(webhook)['clientConfig']);
  return typeof caBundle === 'string' ? Buffer.from(caBundle, 'base64').toString('utf8') : '';
}
