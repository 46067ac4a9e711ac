/** The sources do not compile. The message is what the compiler says, a line for each fault: file, line, column. */
export class CompileFailure extends Error {
  override readonly name = 'CompileFailure';
}

/** The compiler of a language was left out of the installation. The message says how to get it. */
export class CompilerMissing extends Error {
  override readonly name = 'CompilerMissing';
}
