// The door of `npm run …`: `node scripts/run.mjs <command> [args…]`.
// Only syntax that an old Node can parse, and nothing from npm, so that the check below can speak.
var version = process.versions.node.split('.').map(Number);
if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
  console.error('NODE_VERSION: This Node.js is too old. Install Node.js 20.19 or newer.');
  console.error('  found ' + process.versions.node + '; see https://nodejs.org/en/download');
  process.exit(1);
}

void import('./runner/main.mjs').then(function (runner) {
  return runner.main(process.argv.slice(2));
});
