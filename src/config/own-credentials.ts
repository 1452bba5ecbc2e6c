import type { Environment } from '../commands/command.ts';
import type { OwnSources } from '../identity/own-session.ts';

/**
 * What the pod's environment says of the webhook's own AWS credentials, for `--identity=controller`: an EKS Pod Identity,
 * or a role with a token file. Nothing else of what an AWS SDK would look at is read.
 */
export function readOwnSources(env: Environment): OwnSources {
  const uri = env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] ?? '';
  const authorization = env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'] ?? '';
  const roleArn = env['AWS_ROLE_ARN'] ?? '';
  const tokenFile = env['AWS_WEB_IDENTITY_TOKEN_FILE'] ?? '';
  return {
    ...(uri === '' || authorization === ''
      ? {}
      : { containerCredentials: { uri, tokenFile: authorization } }),
    ...(roleArn === '' || tokenFile === '' ? {} : { webIdentity: { roleArn, tokenFile } }),
  };
}
