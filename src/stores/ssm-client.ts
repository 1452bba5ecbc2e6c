import {
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';

import type { ExplicitConfig } from './aws-config.ts';
import type { SsmClient } from './ssm-calls.ts';

/** The three calls of Parameter Store that Latchkey makes, always decrypting. */
export function connectSsm(config: ExplicitConfig): SsmClient {
  const client = new SSMClient(config);
  return {
    getParameters: (names, abortSignal) =>
      client.send(new GetParametersCommand({ Names: [...names], WithDecryption: true }), { abortSignal }),
    getParameter: (name, abortSignal) =>
      client.send(new GetParameterCommand({ Name: name, WithDecryption: true }), { abortSignal }),
    getParametersByPath: ({ path, recursive, nextToken }, abortSignal) =>
      client.send(
        new GetParametersByPathCommand({
          Path: path,
          Recursive: recursive,
          WithDecryption: true,
          NextToken: nextToken,
        }),
        { abortSignal },
      ),
  };
}
