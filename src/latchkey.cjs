#!/usr/bin/env node
'use strict';
// The program's entry. ES5 and CommonJS throughout, so that a Node of any age can say that it is too old;
// Node 22.19 can `require` the ES module behind it.
var NEEDED = [22, 19];
var found = process.versions.node.split('.').map(Number);

if (found[0] < NEEDED[0] || (found[0] === NEEDED[0] && found[1] < NEEDED[1])) {
  process.stderr.write(
    'latchkey: needs Node ' + NEEDED.join('.') + ' or newer, found ' + process.versions.node + '\n',
  );
  process.exit(2);
}
require('./main.js');
