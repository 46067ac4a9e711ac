#!/usr/bin/env node
// Only syntax that an old Node can parse: this file lies in the checkout as it is and must speak before any build.
var version = process.versions.node.split('.').map(Number);
if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
  console.error('NODE_VERSION: This Node.js is too old. Install Node.js 20.19 or newer.');
  console.error('  found ' + process.versions.node + '; see https://nodejs.org/en/download');
  process.exit(1);
}

/**
 * An agent waits most of its time, so memory counts more than speed in this process: loading it leaves some 12 MB of
 * young garbage that V8 would keep for good otherwise (90 MB resident became 76). Models compute outside of V8's heap.
 */
function load(v8) {
  ['--optimize-for-size', '--max-semi-space-size=1', '--semi-space-growth-factor=1'].forEach(function (flag) {
    v8.setFlagsFromString(flag);
  });
  return import('../dist/main.js');
}

import('node:v8').then(load).catch(function (error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND' || String(error.message).indexOf('dist') < 0) throw error;
  console.error('USAGE: Sedge is not built yet. Run "npm run build" at the root of the checkout.');
  process.exit(1);
});
