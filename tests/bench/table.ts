// Rows of medians with their range, for a terminal and for a document.

export interface Row { name: string; values: number[][] }

export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN

export function plain(rows: readonly Row[], header: readonly string[]): string {
  const cells = [header, ...rows.map(cellsOf)]
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  return cells.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()).join('\n')
}

export function markdown(rows: readonly Row[], header: readonly string[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map((row) => line(cellsOf(row)))].join('\n')
}

function cellsOf({ name, values }: Row): string[] {
  return [name, ...values.map(cell)]
}

function cell(values: readonly number[]): string {
  if (values.length === 0) return '-'
  if (values.length === 1) return short(values[0] ?? NaN)
  return `${short(median(values))} (${short(Math.min(...values))} to ${short(Math.max(...values))})`
}

function short(value: number): string {
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2)
}
