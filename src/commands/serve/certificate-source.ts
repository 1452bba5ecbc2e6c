import type { Config } from '../../config/config.ts';
import type { CertificateSecrets } from '../../kubernetes/kubernetes.ts';
import { certificateFiles, certificateSecret, type CertificateSource } from '../../tls/certificate-source.ts';

/** Where the certificate comes from: the Secret that `--tls-secret` names, else files. */
export function certificateSource(
  config: Config,
  kubernetes: CertificateSecrets | undefined,
): CertificateSource {
  const { tlsCert: certFile = '', tlsKey: keyFile = '', tlsSecret, clientCa } = config;
  const callers = clientCa === undefined ? {} : { clientCaFile: clientCa };
  if (tlsSecret === undefined || kubernetes === undefined) {
    return certificateFiles({ certFile, keyFile, ...callers });
  }
  const { namespace, name } = tlsSecret;
  const read = () => kubernetes.certificateSecret(namespace, name);
  return certificateSecret({ name: `${namespace}/${name}`, read, ...callers });
}
