/** Runs in the janitor's process: takes down the one lab whose id is its argument. */
import { takeDown } from './take-down.ts'

const [id] = process.argv.slice(2)
if (id === undefined) throw new Error('the janitor needs the id of a lab')
await takeDown(id)
