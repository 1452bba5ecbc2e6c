import { IN_PLACE_VARIABLE_PREFIX } from '../names.ts';

/**
 * What every shell and every runtime takes for a variable's name. Kubernetes allows more, but the env-file grammar,
 * shells and data keys do not agree on the rest.
 */
const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The rule that Kubernetes had before relaxed names: what a container may already carry. */
const CONTAINER_VARIABLE_NAME = /^[-._A-Za-z][-._A-Za-z0-9]*$/;

/** Names that make a program load code, trust someone else or talk to someone else. */
const DANGEROUS_NAMES: ReadonlySet<string> = new Set([
  'ALL_PROXY',
  'BASHOPTS',
  'BASH_ENV',
  'BROWSER',
  'CDPATH',
  'CLASSPATH',
  'COMPLUS_PROFILER_PATH',
  'CORECLR_ENABLE_PROFILING',
  'CORECLR_PROFILER',
  'CURL_CA_BUNDLE',
  'CURL_HOME',
  'DOTNET_STARTUP_HOOKS',
  'EDITOR',
  'ENV',
  'GCONV_PATH',
  'GIT_ASKPASS',
  'GIT_DIR',
  'GIT_EDITOR',
  'GIT_EXEC_PATH',
  'GIT_EXTERNAL_DIFF',
  'GIT_PAGER',
  'GIT_PROXY_COMMAND',
  'GIT_SEQUENCE_EDITOR',
  'GIT_SSH',
  'GIT_SSH_COMMAND',
  'GIT_TEMPLATE_DIR',
  'GIT_WORK_TREE',
  'GLIBC_TUNABLES',
  'GODEBUG',
  'HOME',
  'HOSTALIASES',
  'IFS',
  'JAVA_OPTS',
  'JAVA_TOOL_OPTIONS',
  'JDK_JAVA_OPTIONS',
  'LOCALDOMAIN',
  'LOCPATH',
  'MAVEN_OPTS',
  'NODE_EXTRA_CA_CERTS',
  'NODE_OPTIONS',
  'NODE_PATH',
  'NODE_REPL_EXTERNAL_MODULE',
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'OPENSSL_CONF',
  'OPENSSL_ENGINES',
  'OPENSSL_MODULES',
  'PAGER',
  'PATH',
  'PERLLIB',
  'PHPRC',
  'PHP_INI_SCAN_DIR',
  'PROMPT_COMMAND',
  'PS4',
  'PYTHONBREAKPOINT',
  'PYTHONEXECUTABLE',
  'PYTHONHOME',
  'PYTHONINSPECT',
  'PYTHONPATH',
  'PYTHONPLATLIBDIR',
  'PYTHONPYCACHEPREFIX',
  'PYTHONSTARTUP',
  'PYTHONUSERBASE',
  'PYTHONWARNINGS',
  'REQUESTS_CA_BUNDLE',
  'RES_OPTIONS',
  'RUBYLIB',
  'RUBYOPT',
  'SHELL',
  'SHELLOPTS',
  'SUDO_ASKPASS',
  'TMPDIR',
  'VISUAL',
  'ZDOTDIR',
  '_JAVA_OPTIONS',
]);

const DANGEROUS_PREFIXES = [
  'AWS_',
  'BASH_FUNC_',
  'DYLD_',
  'GIT_CONFIG',
  'GIT_SSL_',
  'KUBERNETES_',
  'LATCHKEY_',
  'LD_',
  'MALLOC_',
  'NPM_CONFIG_',
  'PERL5',
  'SSL_',
];

/** Whether `name` may be asked by `env.NAME` or come from `env-from`. */
export function isVariableName(name: string): boolean {
  return VARIABLE_NAME.test(name);
}

/** Whether a variable that a container already has may hold a reference in place. */
export function isContainerVariableName(name: string): boolean {
  return CONTAINER_VARIABLE_NAME.test(name);
}

/** Whether `name` belongs to Latchkey's own hidden variables. */
export function isHiddenVariableName(name: string): boolean {
  return name.startsWith(IN_PLACE_VARIABLE_PREFIX);
}

/**
 * Whether `name` changes how programs run. Whoever writes the secret in AWS would choose it, so `env-from` skips it
 * unless the pod's author names it. Case does not count: proxies are read in lower case, Windows ignores case.
 */
export function isDangerousName(name: string): boolean {
  const upper = name.toUpperCase();
  return (
    DANGEROUS_NAMES.has(upper) ||
    upper.endsWith('_PROXY') ||
    DANGEROUS_PREFIXES.some((prefix) => upper.startsWith(prefix))
  );
}
