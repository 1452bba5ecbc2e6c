const CLUSTER_NAME = /^[A-Za-z0-9][\w.-]{0,99}$/;
const SECRET_TYPE = /^[A-Za-z0-9][A-Za-z0-9./_-]{0,252}$/;

/** Whether it can be `--cluster-name`: it becomes a part of session names. */
export function isClusterName(text: string): boolean {
  return CLUSTER_NAME.test(text);
}

/** Whether it can be the type of a Secret, as in `kubernetes.io/tls`. */
export function isSecretType(text: string): boolean {
  return SECRET_TYPE.test(text);
}
