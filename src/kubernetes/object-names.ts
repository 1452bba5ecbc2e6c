// Kubernetes' own rules for names (apimachinery, DNS-1123). A pod in a review has not been validated yet: mutation comes
// before validation, so its namespace and service account can be any text.

const LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const MAX_SUBDOMAIN = 253;

/** A DNS-1123 label, at most 63 characters: what a namespace must be. */
export function isDnsLabel(text: string): boolean {
  return LABEL.test(text);
}

/**
 * A DNS-1123 subdomain, at most 253 characters: what names of service accounts, nodes, Secrets and controllers must be.
 * Kubernetes bounds the whole, not its parts: a part may be longer than 63 characters.
 */
export function isDnsSubdomain(text: string): boolean {
  return (
    text.length <= MAX_SUBDOMAIN &&
    text.split('.').every((part) => /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(part))
  );
}
