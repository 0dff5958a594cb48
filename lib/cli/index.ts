/** The `gantry` command. */
export { main } from './main.js'
export { runProcess } from './process-exit.js'
