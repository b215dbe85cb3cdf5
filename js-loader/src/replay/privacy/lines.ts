/** Tables by name, written as texts because these compress best. */

/** The number of each name: that of the line it stands in. */
export function linesOf(...lines: string[]): Map<string, number> {
  return new Map(lines.flatMap((line, number) => line.split(' ').map((name) => [name, number] as const)));
}
