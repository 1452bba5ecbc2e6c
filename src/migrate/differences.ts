// Where the bytes that a program gets may be others than before. The report names them where they can show.

/** What is done differently, and when that shows; each begins with its condition. */
export const DIFFERENCES = {
  // references in annotations instead of a KES definition
  'kes-members':
    'a member that is no string: null is refused (KES writes the text null), a number keeps its digits (KES writes 1.0 as 1), an object or list keeps its text without white space (KES writes it anew)',
  'kes-base64':
    'a value that is not base64 by the rules, or a SecretBinary: it is refused (KES decodes what it can, and a SecretBinary not at all)',
  'kes-template':
    'a value with characters beyond ASCII: it stays as it is (KES clears the highest bit of each byte)',
  'kes-missing': 'a member that is not there: it is refused (a template of KES writes nothing)',
  // references in annotations instead of an ExternalSecret of ESO
  'eso-members':
    'a member that is no string: null is refused (ESO writes nothing), a number keeps its digits (ESO writes a fraction or an exponent anew), an object or list loses its white space (ESO keeps it)',
  'go-json':
    'a value with < > & or a character that cannot be printed: it stands as in JSON (the template escapes it as Go does)',
  'go-url': 'a value with a blank: it becomes %20 (urlquery writes +)',
  'go-numbers':
    'a member of a JSON value that is no string: it stands as in JSON (a Go template writes a million as 1e+06, and an object as map[…])',
  'eso-null-byte': 'a value with a NUL: a file may hold it (nullBytePolicy: Fail refuses it)',
  'eso-deletion':
    'a property that is not there: it is left out, as a secret that is not there (ESO leaves only the latter out)',
  // references in annotations instead of a SealedSecret
  'sealed-optional': 'the value does not open: the pod is refused (it started without the value)',
  // references in annotations instead of a SecretProviderClass of AWS
  'ascp-members':
    'a member that is no text: it comes as it stands in the JSON (the AWS provider mounts nothing then)',
  'ascp-stored':
    'where the files are: with delivery secret in a Secret of the namespace too (the driver keeps them in the memory of the pod; so does latchkey.dev/delivery: memory)',
  'ascp-mount':
    'a Secret of the class that something else still uses: the driver makes it only while a pod mounts the class (in a namespace with latchkey.dev/adoption, Latchkey makes it)',
  'ascp-failover-region':
    'the region is away: the value is not asked elsewhere (the AWS provider asks failoverRegion; so does latchkey.dev/failover-region)',
  'ascp-pod-identity':
    'a service account with EKS Pod Identity alone: only latchkey.dev/delivery: memory reads with it (usePodIdentity); others need a role in its annotation',
  'ascp-tls':
    'a file with more than the certificates, or the key, of its name: it stays whole (the driver takes it apart)',
  // all of them
  index: 'a number in a property: it is the index of a list, and no key of that name',
  'url-marks': "a value with ! ' ( ) or *: they become %21 and the like (encodeURIComponent leaves them)",
  'variable-names':
    'a member whose name is no variable name of letters, digits and _, or changes how programs run (PATH, LD_PRELOAD …), or that is null: it is left out',
  'path-names': 'a parameter with - or . in its name: the variable has _ for it',
  twice: 'a name that two sources bring: it is refused (the later one won)',
  beside:
    'files that the image has in this directory: they can be seen beside the secret ones (a volume hides them)',
  'write-bits':
    'the mode: write permission for group and others is taken away; the files cannot be written anyhow',
  optional: 'AWS denies the call: the pod is refused (it started without the value)',
  // an ExternalSecret of ESO instead of a KES definition
  'to-eso-members':
    'a member that is no string: null becomes nothing (KES writes the text null), a number keeps its digits where KES writes 1.0 as 1, an object or list keeps its white space',
  'to-eso-missing':
    'a value that is no JSON: ESO writes nothing of the Secret (KES leaves the key out and goes on)',
  'to-eso-base64':
    'a value that is not base64 by the rules, or a SecretBinary: ESO refuses it (KES decodes what it can)',
  'to-eso-path':
    'two parameters of one name on different levels: ESO refuses them or takes one by chance (KES takes the last)',
  'to-eso-order':
    'the path has a parameter of the name of another key: the other key wins (in KES, whatever stands later)',
  'to-eso-template':
    'a value with characters beyond ASCII stays as it is (KES clears the highest bit of each byte), and a key that is not there is an error (KES writes nothing)',
  'to-eso-numbers': 'a number of a JSON value: the template writes it as Go does, a million as 1e+06',
  'to-eso-data':
    'a fetched key of the same name as one of template.data: the template wins (in KES, what is fetched)',
} as const;

export type Difference = keyof typeof DIFFERENCES;
