export { fakeClock, type FakeClock } from './fake-clock.ts';
export { collectingLog, type CollectingLog } from './collecting-log.ts';
