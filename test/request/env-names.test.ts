import t from 'tap';
import { isContainerVariableName, isDangerousName, isVariableName } from '../../src/request/env-names.ts';

t.test('a variable name is what every shell takes for one', async (t) => {
  for (const name of ['A', '_a', 'TEST_VALUE_1', '__proto__', 'constructor'])
    t.ok(isVariableName(name), name);
  for (const name of ['', '1A', 'a-b', 'a.b', 'a b', 'a=b', 'A\n', 'ä', 'a\0', '$(A)', '~1']) {
    t.notOk(isVariableName(name), JSON.stringify(name));
  }
});

t.test('what a container already has may be named more freely, but never breaks out of $(…)', async (t) => {
  for (const name of ['spring.datasource.url', 'my-var', '_A']) t.ok(isContainerVariableName(name), name);
  for (const name of ['', '1a', 'a)b', 'a$b', 'a b', 'a\nb'])
    t.notOk(isContainerVariableName(name), JSON.stringify(name));
});

t.test('names that change how programs run are dangerous, others are not', async (t) => {
  const dangerous = [
    'PATH',
    'LD_PRELOAD',
    'NODE_OPTIONS',
    'AWS_ACCESS_KEY_ID',
    'KUBERNETES_SERVICE_HOST',
    'HTTPS_PROXY',
    'http_proxy',
    'no_proxy',
    'BASH_ENV',
    'JAVA_TOOL_OPTIONS',
    'GIT_SSH_COMMAND',
    'SSL_CERT_FILE',
    'PYTHONPATH',
    'PERL5OPT',
    'LATCHKEY_FETCH_PLAN',
  ];
  for (const name of dangerous) t.ok(isDangerousName(name), name);
  for (const name of [
    'PASSWORD',
    'DB_PATH',
    'GIT_TOKEN',
    'PYTHON_API_KEY',
    'ENVIRONMENT',
    'LDAP_URL',
    'constructor',
  ]) {
    t.notOk(isDangerousName(name), name);
  }
});
