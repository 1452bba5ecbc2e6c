import type { Tag } from './tags-payload.ts';

/** The calls of Secrets Manager. They reject with the SDK's errors. */
export interface SecretsManagerClient {
  getSecretValue(question: SecretQuestion, signal: AbortSignal): Promise<SecretAnswer>;
  /** A secret's tags, among its other metadata. */
  describeSecret(secretId: string, signal: AbortSignal): Promise<ListedSecret>;
  listSecrets(question: SearchQuestion, signal: AbortSignal): Promise<SecretPage>;
}

export interface SecretQuestion {
  /** A name, an ARN, or an ARN without its random suffix. */
  readonly secretId: string;
  readonly versionId: string | undefined;
  readonly versionStage: string | undefined;
}

export interface SecretAnswer {
  readonly ARN?: string | undefined;
  readonly Name?: string | undefined;
  readonly VersionId?: string | undefined;
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: Uint8Array | undefined;
}

export interface SearchQuestion {
  readonly prefix: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly nextToken: string | undefined;
}

export interface ListedSecret {
  readonly ARN?: string | undefined;
  readonly Name?: string | undefined;
  readonly Tags?: readonly Tag[] | undefined;
}

export interface SecretPage {
  readonly SecretList?: readonly ListedSecret[] | undefined;
  readonly NextToken?: string | undefined;
}
