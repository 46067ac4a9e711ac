import { compileAssemblyScript } from './compile-assembly-script.ts';
import { compileC } from './compile-c.ts';
import { ENTRY_FILES, type Language, type World } from './languages.ts';
import { makeComponent } from './make-component.ts';

export interface ComponentSource {
  readonly folder: string;
  readonly language: Language;
  readonly world: World;
}

/** From the sources of a project to a component. Throws CompileFailure or CompilerMissing. */
export async function buildComponent({ folder, language, world }: ComponentSource): Promise<Uint8Array> {
  return makeComponent(await compile(folder, language), world);
}

function compile(folder: string, language: Language): Promise<Uint8Array> {
  switch (language) {
    case 'assemblyscript':
      return compileAssemblyScript({ folder, entry: ENTRY_FILES.assemblyscript });
    case 'c':
      return compileC(folder);
  }
}
