import { Fault } from '../template-error.ts';
import { List } from '../values/value.ts';
import { type Certificate, readCertificate } from './certificate.ts';
import type { DerValue } from './der.ts';
import { certificatePem, pemBlocks } from './pem.ts';
import { type FunctionTable, takes, text } from './signature.ts';

const MOST_CERTIFICATES = 100;

function parentOf(child: Certificate, all: readonly Certificate[]): Certificate | undefined {
  return all.find((other) => other !== child && other.subjectKey === child.authorityKey);
}

/** From the leaf to the root, as the identifiers of their keys lead. No signature is looked at. */
function chain(input: string): readonly [Certificate, ...Certificate[]] {
  const blocks = pemBlocks(input);
  if (blocks.length > MOST_CERTIFICATES)
    throw new Fault(`more than ${String(MOST_CERTIFICATES)} certificates`);
  const all = blocks.map(({ der }) => readCertificate(der));
  const parents = new Map(all.map((each) => [each, parentOf(each, all)]));
  const used = new Set(parents.values());
  const [leaf, ...others] = all.filter((each) => !used.has(each));
  if (leaf === undefined) throw new Fault('no certificate is the leaf of the chain');
  if (others.length > 0)
    throw new Fault('the certificates are not one chain', 'Give it those of one chain only.');
  const ordered: [Certificate, ...Certificate[]] = [leaf];
  for (let next = parents.get(leaf); next !== undefined; next = parents.get(next)) {
    if (ordered.length >= all.length) throw new Fault('the chain of certificates leads back to itself');
    ordered.push(next);
  }
  return ordered;
}

function isRoot({ authorityKey, subjectKey }: Certificate): boolean {
  return authorityKey === '' || authorityKey === subjectKey;
}

function filtered(kind: string, input: string): string {
  const [leaf, ...above] = chain(input);
  const last = above.at(-1) ?? leaf;
  switch (kind) {
    case 'leaf':
      return isRoot(leaf) ? '' : certificatePem(leaf.der);
    case 'intermediate': {
      const root = above.findIndex(isRoot);
      return above
        .slice(0, root === -1 ? above.length : root)
        .map(({ der }) => certificatePem(der))
        .join('');
    }
    case 'root':
      return isRoot(last) ? certificatePem(last.der) : '';
    default:
      return '';
  }
}

/** Tags of general names (RFC 5280, 4.2.1.6). */
const EMAIL = 0x81;
const DNS = 0x82;
const URI = 0x86;
const IP = 0x87;

/** An address as it is written shortest. */
function address(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = bytes.toString('hex').match(/.{4}/g) ?? [];
  // The parser of URLs writes IPv6 as RFC 5952 wants it.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

function names(all: readonly DerValue[], tag: number): readonly string[] {
  const found = all.filter((name) => name.tag === tag).map(({ content }) => content);
  return found.map((content) => (tag === IP ? address(content) : content.toString('latin1')));
}

function alternativeNames(input: string): List {
  const from = input.indexOf('-----BEGIN');
  const [block] = pemBlocks(from === -1 ? input : input.slice(from));
  if (block === undefined) throw new Fault('the text is not a certificate in PEM');
  const { alternativeNames: all } = readCertificate(block.der);
  const sorted = [DNS, IP, EMAIL, URI].flatMap((tag) => names(all, tag));
  return new List(sorted, 'string');
}

/** What only ESO has. */
export const CERTIFICATES: FunctionTable = {
  filterCertChain: takes([text, text], ([kind, input]) => filtered(kind, input)),
  certSANs: takes([text], ([input]) => alternativeNames(input)),
};
