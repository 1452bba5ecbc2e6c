import { X509Certificate } from 'node:crypto';
import { Fault } from '../template-error.ts';
import { type DerValue, derValues, OCTET_STRING, SEQUENCE } from './der.ts';

/** What the functions on certificates look at. */
export interface Certificate {
  readonly der: Buffer;
  /** Identifiers of keys in hexadecimal; '' where the certificate has none. */
  readonly subjectKey: string;
  readonly authorityKey: string;
  readonly alternativeNames: readonly DerValue[];
}

const EXTENSIONS = 0xa3;
/** Object identifiers 2.5.29.14, 2.5.29.35 and 2.5.29.17. */
const SUBJECT_KEY = '551d0e';
const AUTHORITY_KEY = '551d23';
const ALTERNATIVE_NAMES = '551d11';

function inside(value: DerValue | undefined): readonly DerValue[] {
  return (value === undefined ? undefined : derValues(value.content)) ?? [];
}

/** The extensions by their identifiers in hexadecimal; the content of each is DER again. */
function extensionsOf(der: Buffer): ReadonlyMap<string, Buffer> {
  const [certificate] = derValues(der) ?? [];
  const [signed] = inside(certificate);
  const [list] = inside(inside(signed).find(({ tag }) => tag === EXTENSIONS));
  const entries = inside(list).map((extension) => {
    const [id, ...rest] = inside(extension);
    const content = rest.findLast(({ tag }) => tag === OCTET_STRING)?.content;
    return [id?.content.toString('hex') ?? '', content ?? Buffer.alloc(0)] as const;
  });
  return new Map(entries);
}

function onlyValue(extension: Buffer | undefined): DerValue | undefined {
  return extension === undefined ? undefined : derValues(extension)?.[0];
}

/** The bytes of the certificate, as the parser of Node took them. */
function checked(der: Buffer): Buffer {
  try {
    return new X509Certificate(der).raw;
  } catch {
    throw new Fault('the text is not a certificate in PEM', 'Give it the certificates, and nothing else.');
  }
}

/** Throws {@link Fault} for what is no certificate. */
export function readCertificate(der: Buffer): Certificate {
  const extensions = extensionsOf(checked(der));
  const names = onlyValue(extensions.get(ALTERNATIVE_NAMES));
  const authority = inside(onlyValue(extensions.get(AUTHORITY_KEY))).find(({ tag }) => tag === 0x80);
  return {
    der,
    subjectKey: onlyValue(extensions.get(SUBJECT_KEY))?.content.toString('hex') ?? '',
    authorityKey: authority?.content.toString('hex') ?? '',
    alternativeNames: names?.tag === SEQUENCE ? inside(names) : [],
  };
}
