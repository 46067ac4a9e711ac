export { fakeClock, type FakeClock } from './fake-clock.ts';
export { collectingLog, type CollectingLog } from './collecting-log.ts';
export { busContract, type BusContractCase, type BusUnderTest } from './bus-contract.ts';
export { temporaryFolder, type TemporaryFolder } from './temporary-folder.ts';
