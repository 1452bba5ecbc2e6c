// Renders the templates of cases.json with lodash as kubernetes-external-secrets does, and writes what comes out to
// answers.json, which ../../lodash/known-answers.test.ts compares ours with: npm install && npm run generate

import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const lodash = require('lodash');
const yaml = require('js-yaml');

function answer(example) {
  try {
    const render = lodash.template(example.template, { imports: { yaml }, variable: 'data' });
    return { ...example, output: render(example.data ?? {}) };
  } catch {
    return { ...example, error: true };
  }
}

const cases = JSON.parse(readFileSync(new URL('cases.json', import.meta.url), 'utf8'));
const answers = cases.map(answer);
writeFileSync(new URL('answers.json', import.meta.url), `${JSON.stringify(answers, null, 1)}\n`);
