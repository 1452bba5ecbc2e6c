const RANDOM = 'it gives another result each time, so that the same definition would give another Secret';
const CLOCK = 'it depends on the clock or on a time zone';
const NEW_KEYS = 'it makes new keys or certificates each time; store them in AWS instead';
const MAKES_PKCS12 =
  'it encrypts with random salts, so that the same definition would give another Secret; store the file in AWS instead';
const READS_PKCS12 = 'PKCS#12 is not read; store the key and the certificates as PEM';
const VERSIONS = 'semantic versions have no place in a Secret; compare texts';
const OUTSIDE = 'it reaches outside of the template';

/** Functions of ESO's and sealed-secrets' templates that we do not have, and why; lower case, without a full stop. */
export const REFUSED: Readonly<Record<string, string>> = {
  env: 'it reads the environment of the controller',
  expandenv: 'it reads the environment of the controller',
  getHostByName: 'it asks the name server',
  getSecretKey: OUTSIDE,
  call: 'no value of a template is a function',

  now: CLOCK,
  ago: CLOCK,
  date: CLOCK,
  date_in_zone: CLOCK,
  date_modify: CLOCK,
  dateInZone: CLOCK,
  dateModify: CLOCK,
  duration: CLOCK,
  durationRound: CLOCK,
  htmlDate: CLOCK,
  htmlDateInZone: CLOCK,
  must_date_modify: CLOCK,
  mustDateModify: CLOCK,
  mustToDate: CLOCK,
  toDate: CLOCK,
  unixEpoch: CLOCK,

  randAlphaNum: RANDOM,
  randAlpha: RANDOM,
  randAscii: RANDOM,
  randNumeric: RANDOM,
  randInt: RANDOM,
  randBytes: RANDOM,
  shuffle: RANDOM,
  uuidv4: RANDOM,
  bcrypt:
    'it salts with random bytes, so that the same definition would give another Secret; store the hash in AWS',
  htpasswd:
    'it salts with random bytes, so that the same definition would give another Secret; store the line in AWS',
  encryptAES: RANDOM,
  derivePassword: 'it takes 32 MiB and a tenth of a second for each call; store the password in AWS',

  genPrivateKey: NEW_KEYS,
  genCA: NEW_KEYS,
  genCAWithKey: NEW_KEYS,
  genSelfSignedCert: NEW_KEYS,
  genSelfSignedCertWithKey: NEW_KEYS,
  genSignedCert: NEW_KEYS,
  genSignedCertWithKey: NEW_KEYS,
  buildCustomCert: 'it only checks a certificate and a key; use them as they are',

  pemToPkcs12: MAKES_PKCS12,
  pemToPkcs12Pass: MAKES_PKCS12,
  fullPemToPkcs12: MAKES_PKCS12,
  fullPemToPkcs12Pass: MAKES_PKCS12,
  pemTruststoreToPKCS12: MAKES_PKCS12,
  pemTruststoreToPKCS12Pass: MAKES_PKCS12,
  pkcs12key: READS_PKCS12,
  pkcs12keyPass: READS_PKCS12,
  pkcs12cert: READS_PKCS12,
  pkcs12certPass: READS_PKCS12,

  semver: VERSIONS,
  semverCompare: VERSIONS,
};
