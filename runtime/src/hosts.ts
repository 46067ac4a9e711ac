/** What an agent needs to run models: nothing here reads, writes or differentiates a file, which would cost it 7 MB. */
export { EngineChooser } from './choice/engine-chooser.ts';
export { HostGroups } from './host/host-groups.ts';
export { hostStarter } from './host/host-starter.ts';
