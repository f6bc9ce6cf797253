import { Ansis } from 'ansis'

type Paint = (text: string) => string

/** Colours by meaning. Nothing is told by colour alone. */
export interface Style {
  readonly strong: Paint
  readonly faint: Paint
  readonly good: Paint
  readonly changed: Paint
  readonly bad: Paint
}

/** @param colour Nothing: as ansis finds it from the terminal, `NO_COLOR` and `FORCE_COLOR`. */
export function createStyle(colour: boolean | undefined): Style {
  const ansis = colour === undefined ? new Ansis() : new Ansis(colour ? 1 : 0)
  return { strong: ansis.bold, faint: ansis.dim, good: ansis.green, changed: ansis.yellow, bad: ansis.red }
}

/** Colours that mean nothing but tell things apart, such as hosts: as many as there are things. */
export function distinctPaints(number: number, colour: boolean): readonly Paint[] {
  const { cyan, magenta, blue, cyanBright, magentaBright, blueBright } = new Ansis(colour ? 1 : 0)
  const paints = [cyan, magenta, blue, cyanBright, magentaBright, blueBright]
  return Array.from({ length: number }, (_, index) => paints[index % paints.length]!)
}
