import t from 'tap';
import { parseFileMode } from '../../src/request/file-mode.ts';
import { thrown } from './support.ts';

t.test('a file mode is four octal digits without write for others', async (t) => {
  t.equal(parseFileMode('0444'), 0o444);
  t.equal(parseFileMode('0755'), 0o755);
  t.equal(parseFileMode('0000'), 0);
  for (const text of [
    '444',
    '0o44',
    '0888',
    '04444',
    '',
    ' 0444',
    '-444',
    '4755',
    '2444',
    '1444',
    '0666',
    '0422',
    '0464',
    '0446',
  ]) {
    t.equal(thrown(() => parseFileMode(text)).code, 'LK-MODE', text);
  }
});
