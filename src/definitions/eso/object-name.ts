const LONGEST = 253;
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Whether Kubernetes takes `text` for the name of a Secret, a ConfigMap or a store. */
export function isObjectName(text: string): boolean {
  return text.length <= LONGEST && NAME.test(text);
}

/** For remedies. */
export const OBJECT_NAME_RULE = 'A name has lower-case letters, digits, - and . only, at most 253 of them.';
