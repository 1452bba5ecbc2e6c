import type { Problem } from '../../errors.ts';
import type { Place, Source } from '../../request/plan.ts';

/** The label of the Secrets Store CSI driver on a Secret that it makes of a volume's files. It names no class. */
export const MANAGED_BY_DRIVER = 'secrets-store.csi.k8s.io/managed';

/** A SecretProviderClass of `provider: aws` that has been read and checked. */
export interface ProviderClass {
  readonly name: string;
  /** In the order of `objects`: each whole value, then what its `jmesPath` takes out of it. Each path once. */
  readonly files: readonly ProvidedFile[];
  readonly secretObjects: readonly SecretObject[];
  /** Files are read with what EKS Pod Identity gives the pod; otherwise with its service account's role. */
  readonly usePodIdentity: boolean;
  /** Asked with the same name where a file has no failover of its own. */
  readonly failoverRegion?: string;
  /** A SHA-256 of everything that decides what is made, as hex: for change detection. */
  readonly hash: string;
  /** What is done differently from the AWS provider and might surprise. */
  readonly warnings: readonly string[];
}

/** One file of the volume. */
export interface ProvidedFile {
  /** Below the mount, after path translation: checked segments, never absolute, never `..`. */
  readonly path: string;
  /** Permission bits; absent: the driver's 0644. */
  readonly mode?: number;
  /** Region, JMESPath expression and failover are settled. */
  readonly source: Source;
  readonly place: Place;
}

/** An entry of `secretObjects`: a Secret made of files. */
export interface SecretObject {
  readonly name: string;
  readonly type: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** From a file's path to the Secret's key. */
  readonly data: readonly { readonly path: string; readonly key: string; readonly place: Place }[];
  /** Why it cannot be made. The class's files are none the worse for it. */
  readonly problems: readonly Problem[];
  readonly place: Place;
}
