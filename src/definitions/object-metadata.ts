// Kubernetes' own rules for labels and annotations (apimachinery, content.IsLabelKey and IsLabelValue).

const NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const PREFIX = /^(?=.{1,253}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

/** Whether Kubernetes takes it as the key of a label or, in lower case, of an annotation: `NAME` or `example.com/NAME`. */
export function isAnnotationKey(text: string): boolean {
  const slash = text.indexOf('/');
  if (slash === -1) return NAME.test(text);
  return PREFIX.test(text.slice(0, slash)) && NAME.test(text.slice(slash + 1));
}

/** Whether Kubernetes takes it as the value of a label. */
export function isLabelValue(text: string): boolean {
  return text === '' || NAME.test(text);
}

/** All annotations of an object together, keys included. */
export const MOST_ANNOTATION_BYTES = 256 * 1024;
