/** Puts a terminal into raw mode, so that every key goes to the container; gives what puts it back. Safe to call on what is no terminal. */
export function enterRawMode(stdin: NodeJS.ReadStream): () => void {
  if (!stdin.isTTY) return () => {}
  const wasRaw = stdin.isRaw
  stdin.setRawMode(true)
  const restore = () => {
    process.off('exit', restore)
    // A terminal that has been closed has no mode to put back.
    if (!stdin.destroyed) stdin.setRawMode(wasRaw)
  }
  process.on('exit', restore)
  return restore
}
