import type { Problem } from '../errors.ts';
import type { Node } from '../kubernetes/kubernetes.ts';
import { quoted } from '../quote.ts';

interface Version {
  readonly major: number;
  readonly minor: number;
}

export interface EnvFilesQuestion {
  readonly nodes: readonly Node[];
  /** The API server's. */
  readonly version: Version;
  /** The pod's; absent: any node may run it. */
  readonly nodeSelector?: Readonly<Record<string, string>>;
}

/**
 * EnvFiles is on by default from 1.35, where the file's grammar also became what it is now; a 1.34 kubelet with the alpha
 * gate would read values with their quotes.
 */
const LEAST_MINOR = 35;

/**
 * Why variables of `memory` delivery would not reach their containers on this cluster, if they would not: an API server
 * that drops `fileKeyRef`, or a node that would set the variable to the empty text without a word. Nodes that are not
 * ready, cordoned, of another operating system or not selected by the pod do not count.
 * @returns one LK-FEATURE problem that names the node which blocks, or `undefined`
 */
export function envFilesProblem({
  nodes,
  version,
  nodeSelector = {},
}: EnvFilesQuestion): Problem | undefined {
  if (!knowsEnvFiles(version)) {
    return missing(`the API server has version ${version.major}.${version.minor}`);
  }
  const blocking = nodes
    .filter(lacksEnvFiles)
    .filter((node) => Object.entries(nodeSelector).every(([key, value]) => labelOf(node, key) === value))
    .sort((a, b) => minorOf(a) - minorOf(b) || (a.name < b.name ? -1 : 1));
  const [first] = blocking;
  if (first === undefined) return undefined;
  const others = blocking.length === 1 ? '' : ` (and ${blocking.length - 1} more)`;
  return missing(`node ${quoted(first.name)} has kubelet ${quoted(first.kubeletVersion)}${others}`);
}

/**
 * Whether a node would block the pods that may run on it. Only such nodes need to be kept of a cluster's list: it may have
 * thousands of others, and the question comes with each pod.
 */
export function lacksEnvFiles(node: Node): boolean {
  const { ready, cordoned, operatingSystem } = node;
  return ready && !cordoned && operatingSystem !== 'windows' && !knowsEnvFiles(kubeletVersion(node));
}

function knowsEnvFiles(version: Version | undefined): boolean {
  return (
    version !== undefined && (version.major > 1 || (version.major === 1 && version.minor >= LEAST_MINOR))
  );
}

function labelOf(node: Node, key: string): string | undefined {
  return Object.hasOwn(node.labels, key) ? node.labels[key] : undefined;
}

/** `v1.35.2-eks-1a2b3c`; what cannot be read counts as too old. */
function kubeletVersion(node: Node): Version | undefined {
  const [, major, minor] = /^v?(\d{1,4})\.(\d{1,4})(?:\D|$)/.exec(node.kubeletVersion) ?? [];
  return major === undefined || minor === undefined
    ? undefined
    : { major: Number(major), minor: Number(minor) };
}

function minorOf(node: Node): number {
  return kubeletVersion(node)?.minor ?? -1;
}

function missing(why: string): Problem {
  return {
    code: 'LK-FEATURE',
    place: 'delivery memory',
    field: 'metadata.annotations[latchkey.dev/delivery]',
    message: `variables need Kubernetes 1.${LEAST_MINOR} (EnvFiles) on the API server and on every node, and ${why}`,
    remedy:
      'Ask for files, use delivery secret, update or cordon the node, or choose newer nodes with nodeSelector.',
  };
}
