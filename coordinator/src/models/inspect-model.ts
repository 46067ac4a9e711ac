import type { ModelInspection, ModelManifest } from '@sedge/protocol';

/**
 * A look into the file of a version, in a process beside this one. Never throws: a file that breaks the process or
 * takes too long is `unknown`, with the reason. Undefined for files that nobody looks into.
 */
export type InspectModel = (manifest: ModelManifest) => Promise<ModelInspection | undefined>;
