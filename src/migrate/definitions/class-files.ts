/**
 * What a pod mounts of a SecretProviderClass has no Secret, so among the Secrets of the input it goes by this name, which no
 * Secret can have.
 */
export function classFiles(className: string): string {
  return `SecretProviderClass/${className}`;
}
