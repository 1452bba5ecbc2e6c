// Secrets that other objects than pods use: an Ingress its certificate, a service account its registry.

import { GROUP } from '../definitions/ascp/read-provider-class.ts';
import type { Path } from '../manifests/node-path.ts';
import { isRecord, type Json, type ManifestObject, textAt } from '../manifests/objects.ts';
import { podTemplateOf } from '../manifests/pod-templates.ts';
import { DEFINITION_KINDS } from './definitions/definition-kinds.ts';
import { isEsoGroup } from './definitions/eso-store.ts';

/** A place of an object that names a Secret. */
export interface Mention {
  readonly path: Path;
  readonly name: string;
}

/**
 * Every text of an object that may be the name of a Secret: in a field whose name or whose surroundings speak of secrets, or
 * beside `kind: Secret`. Pod templates are read by themselves, and definitions and stores name the Secrets that they make or
 * need.
 */
export function mentionsIn(object: ManifestObject): readonly Mention[] {
  if (isOfDefinitions(object) || object.kind === 'Secret') return [];
  return walk(object.value, [], podTemplateOf(object)?.path);
}

function isOfDefinitions(object: ManifestObject): boolean {
  const isClass = object.apiVersion.startsWith(`${GROUP}/`);
  return isEsoGroup(object) || isClass || DEFINITION_KINDS.some((kind) => kind.is(object));
}

const SPEAKS_OF_SECRETS = /secret/i;

function walk(value: unknown, path: Path, template: Path | undefined): readonly Mention[] {
  if (template !== undefined && path.join('\n') === [...template, 'spec'].join('\n')) return [];
  if (Array.isArray(value))
    return (value as readonly unknown[]).flatMap((entry, index) => walk(entry, [...path, index], template));
  if (!isRecord(value)) return named(value, path);
  const own = isSecretReference(value) ? named(value['name'], [...path, 'name'], true) : [];
  return [...own, ...Object.entries(value).flatMap(([key, entry]) => walk(entry, [...path, key], template))];
}

function isSecretReference(value: Json): boolean {
  return textAt(value, 'kind') === 'Secret' && !('metadata' in value);
}

function named(value: unknown, path: Path, sure = false): readonly Mention[] {
  if (typeof value !== 'string' || value === '') return [];
  const speaks = path.some((step) => typeof step === 'string' && SPEAKS_OF_SECRETS.test(step));
  return sure || speaks ? [{ path, name: value }] : [];
}

/** Uses that are known, and why annotations cannot stand for them. */
const KNOWN: readonly { readonly kind: string; readonly path: RegExp; readonly why: string }[] = [
  {
    kind: 'Ingress',
    path: /^spec\.tls\.\d+\.secretName$/,
    why: 'the Ingress controller reads the certificate from the Secret itself',
  },
  {
    kind: 'Gateway',
    path: /^spec\.listeners\.\d+\.tls\.certificateRefs\.\d+\.name$/,
    why: 'the Gateway reads the certificate from the Secret itself',
  },
  {
    kind: 'ServiceAccount',
    path: /^imagePullSecrets\.\d+\.name$/,
    why: 'the kubelet needs it to pull images, before any container runs',
  },
  {
    kind: 'ServiceAccount',
    path: /^secrets\.\d+\.name$/,
    why: 'the service account lists the Secret itself',
  },
];

/** Why a mention cannot be converted; undefined where nobody knows what the field means. */
export function knownUse(object: ManifestObject, { path }: Mention): string | undefined {
  const text = path.join('.');
  return KNOWN.find((known) => known.kind === object.kind && known.path.test(text))?.why;
}
