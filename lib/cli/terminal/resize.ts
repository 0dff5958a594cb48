type Resize = (size: { rows: number; columns: number }) => Promise<void>

/** Tells the container's terminal the size of ours, now and whenever it changes, until the returned function is called. */
export function followWindowSize(stdout: NodeJS.WriteStream, resize: Resize): () => void {
  if (!stdout.isTTY) return () => {}
  const tell = () => {
    const { rows, columns } = stdout
    if (rows > 0 && columns > 0) void resize({ rows, columns }).catch(() => {})
  }
  tell()
  stdout.on('resize', tell)
  return () => void stdout.off('resize', tell)
}
