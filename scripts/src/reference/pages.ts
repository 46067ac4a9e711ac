import { channelsPage } from './channels-page.ts';
import { commandsPage } from './commands-page.ts';
import { configurationPage } from './configuration-page.ts';
import { errorsPage } from './errors-page.ts';
import { configuredProcesses, documentedPrograms } from './programs.ts';

/** The folder of the pages, from the root of the checkout. */
export const REFERENCE_FOLDER = 'docs/reference';

/** Every generated page by its name in that folder. */
export async function referencePages(): Promise<Readonly<Record<string, string>>> {
  return {
    'cli.md': await commandsPage(await documentedPrograms()),
    'configuration.md': configurationPage(configuredProcesses()),
    'errors.md': errorsPage(),
    'mqtt.md': channelsPage(),
  };
}
