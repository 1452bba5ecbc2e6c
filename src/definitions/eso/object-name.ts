const LONGEST = 253;
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const KEY = /^[-._a-zA-Z0-9]+$/;

/** Whether Kubernetes takes `text` for the name of a Secret, a ConfigMap or a store. */
export function isObjectName(text: string): boolean {
  return text.length <= LONGEST && NAME.test(text);
}

/** Whether Kubernetes takes `text` for a key of a Secret or ConfigMap. */
export function isDataKey(text: string): boolean {
  return text.length <= LONGEST && KEY.test(text) && text !== '.' && !text.startsWith('..');
}

/** What both may be, for remedies. */
export const OBJECT_NAME_RULE = 'A name has lower-case letters, digits, - and . only, at most 253 of them.';
export const DATA_KEY_RULE =
  'A key has letters, digits, -, _ and . only, at most 253 of them, and does not begin with two dots.';
