export { createCoordinator, type Coordinator, type CoordinatorPorts, type StartedCoordinator } from './app.ts';
export { coordinatorConfig, loadCoordinatorConfig, type CoordinatorSettings } from './config.ts';
