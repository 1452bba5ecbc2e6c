/**
 * What every session that STS opens for us may do at most, whatever its role allows: find and read secrets and parameters, decrypt
 * through those two services, and assume the next role of a chain.
 */
export const SESSION_POLICY: string = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Resource: '*',
      Action: [
        'secretsmanager:GetSecretValue',
        'secretsmanager:DescribeSecret',
        'secretsmanager:ListSecrets',
        'ssm:GetParameter',
        'ssm:GetParameters',
        'ssm:GetParametersByPath',
        'ssm:DescribeParameters',
        'ssm:ListTagsForResource',
        'sts:AssumeRole',
        'sts:TagSession',
      ],
    },
    {
      Effect: 'Allow',
      Resource: '*',
      Action: 'kms:Decrypt',
      Condition: { StringLike: { 'kms:ViaService': ['secretsmanager.*', 'ssm.*'] } },
    },
  ],
});
