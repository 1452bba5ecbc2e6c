import {
  DescribeParametersCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  ListTagsForResourceCommand,
  type ParameterStringFilter,
  SSMClient,
} from '@aws-sdk/client-ssm';

import type { ExplicitConfig } from './aws-config.ts';
import type { DescribeQuestion, SsmClient } from './ssm-calls.ts';

/** The calls of Parameter Store that Latchkey makes; values always decrypted. */
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
    describeParameters: (question, abortSignal) =>
      client.send(
        new DescribeParametersCommand({
          MaxResults: 50,
          NextToken: question.nextToken,
          ParameterFilters: filtersOf(question),
        }),
        { abortSignal },
      ),
    listTags: (name, abortSignal) =>
      client.send(new ListTagsForResourceCommand({ ResourceType: 'Parameter', ResourceId: name }), {
        abortSignal,
      }),
  };
}

function filtersOf({ path, tags }: DescribeQuestion): ParameterStringFilter[] {
  const below = path === undefined ? [] : [{ Key: 'Path', Option: 'Recursive', Values: [path] }];
  const tagged = Object.entries(tags).map(([key, value]) => ({
    Key: `tag:${key}`,
    Option: 'Equals',
    Values: [value],
  }));
  return [...below, ...tagged];
}
