import { kill } from 'node:process';
import { hasCode } from '../storage/read-file.ts';

/**
 * Signals all processes of a group; fine where none is left. What made itself a group or session of its own is out of
 * reach. Throws EPERM for a program that changed its user.
 */
export function signalGroup(leaderId: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    kill(-leaderId, signal);
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}
