import { agentConfig } from '@sedge/agent';
import { cliConfig } from '@sedge/cli';
import { coordinatorConfig } from '@sedge/coordinator';
import { PROGRAM_SETTINGS } from '@sedge/kit';
import { describe, expect, it } from 'vitest';

/** Read by the programs themselves before any setting, by scripts alone, and by programs that train for an agent. */
const WITHOUT_A_TABLE = ['SEDGE_CONFIG', 'SEDGE_DATA_DIR', 'SEDGE_TRAINER_CONFIG', 'SEDGE_TRAINER_FOLDER'];

describe('the list of the settings of all programs', () => {
  it('holds each setting of each program, and nothing else', () => {
    const declared = [agentConfig, cliConfig, coordinatorConfig].flatMap(({ settings }) =>
      Object.values(settings).map(({ env }) => env),
    );
    expect(new Set(PROGRAM_SETTINGS)).toEqual(new Set([...declared, ...WITHOUT_A_TABLE]));
  });
});
