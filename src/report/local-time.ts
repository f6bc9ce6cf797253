/** A time in the time zone of whoever reads, to the second. */
export function localTime(milliseconds: number): string {
  const date = new Date(milliseconds)
  const two = (number: number): string => String(number).padStart(2, '0')
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`
}
