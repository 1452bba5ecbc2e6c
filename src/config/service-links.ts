const LINK =
  /^[A-Z0-9_]+?_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d{1,5}_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$/;

/**
 * Whether a variable has the shape of those that the kubelet sets for each Service of the namespace (`enableServiceLinks`):
 * a Service named `latchkey` or `latchkey-anything` makes `LATCHKEY_PORT`, `LATCHKEY_ANYTHING_SERVICE_HOST` and more.
 * No flag may have such a name; a test holds the table to that.
 */
export function isServiceLink(variable: string): boolean {
  return LINK.test(variable);
}
