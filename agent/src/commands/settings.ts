import { resolve } from 'node:path';
import { jsonLog, loadConfig, prettyLog, systemClock, type Log } from '@sedge/kit';
import { agentConfig, type AgentConfig } from '../config.ts';
import { agentFolder, type AgentFolder } from '../identity/agent-folder.ts';
import type { CommandContext } from './command-context.ts';

/** Throws CONFIG_INVALID. */
export function readConfig({ env, yamlText }: CommandContext): AgentConfig {
  return loadConfig(agentConfig, { env, ...(yamlText !== undefined && { yamlText }) });
}

export function folderOf({ directory }: AgentConfig, context: CommandContext): AgentFolder {
  return agentFolder(resolve(context.workingDirectory, directory.replace(/^~(?=\/|$)/, context.homeDirectory)));
}

export function logOfConfig({ logFormat, logLevel }: AgentConfig, { writeError }: CommandContext): Log {
  const make = logFormat === 'json' ? jsonLog : prettyLog;
  return make({ clock: systemClock, sink: writeError, level: logLevel });
}
