/** Opens a lab and then ends in the way its argument says, always without closing it. Run by janitor.e2e.test.ts. */
import { openLab } from '../../src/lab/open-lab.ts'

const [id, ending] = process.argv.slice(2)
await openLab({ id: id ?? '', hosts: [{ name: 'a', release: 'trixie' }] })
process.stdout.write('open\n')
if (ending === 'throw') throw new Error('on purpose')
if (ending === 'exit') process.exit(0)
setInterval(() => {}, 1000)
