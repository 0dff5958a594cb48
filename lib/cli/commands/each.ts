import type { Invocation } from '../parse/command.js'
import { reportError } from '../failure.js'
import type { Container } from '../sdk.js'

/** Does one thing to each container that is named, prints its name when it is done, goes on after a failure, and gives 1 if there was one. */
export async function forEachContainer(
  invocation: Invocation,
  act: (container: Container, name: string) => Promise<unknown>,
  print: (name: string, container: Container) => string | null = (name) => name,
): Promise<number> {
  const { Container } = await invocation.engine()
  // At once, as docker does: ten stops take as long as one.
  const outcomes = await Promise.allSettled(
    invocation.args.map(async (name) => {
      const container = await Container.get(name)
      await act(container, name)
      return container
    }),
  )
  return settle(invocation, outcomes, print)
}

function settle(invocation: Invocation, outcomes: PromiseSettledResult<Container>[], print: (name: string, container: Container) => string | null): number {
  let code = 0
  outcomes.forEach((outcome, i) => {
    const name = invocation.args[i]!
    if (outcome.status === 'fulfilled') {
      const line = print(name, outcome.value)
      if (line !== null) invocation.print(line)
    } else code = reportError(outcome.reason, { program: `gantry ${invocation.name}`, command: undefined, debug: false, stderr: invocation.stderr })
  })
  return code
}
