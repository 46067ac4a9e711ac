/**
 * Loaded before the main module of a child (`node --import`): when the parent is gone, however it went, the channel
 * to it closes, and the child stops as if it was told to. Otherwise a coordinator whose `sedge serve` was killed would keep
 * its ports and the lock of its state.
 */
const PATIENCE_MS = 5_000;

process.once('disconnect', () => {
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), PATIENCE_MS).unref();
});

// A child that has nothing more to do ends, whether we listen or not.
process.channel?.unref();
