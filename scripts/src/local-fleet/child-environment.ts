/**
 * The environment of a child: what a program needs to run at all, and the given settings. SEDGE_ variables of the
 * user are meant for other processes than those of a local fleet.
 */
export function childEnvironment(settings: Readonly<Record<string, string>>): Record<string, string | undefined> {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('SEDGE_'));
  return { ...Object.fromEntries(inherited), ...settings };
}
