// A process of its own that starts a job and a detached container, says which, and waits to be killed.
import { Engine } from '../../../dist/index.js'

const [root, runRoot] = process.argv.slice(2)
const engine = await Engine.open({ root, runRoot })
const job = engine.run('busybox', ['sleep', '1000'])
const { id, pid } = await job.started
const container = await engine.Container.run({ image: 'busybox', command: ['sleep', '1000'] })
process.send({ job: id, jobPid: pid, container: container.id })
setInterval(() => {}, 1000)
