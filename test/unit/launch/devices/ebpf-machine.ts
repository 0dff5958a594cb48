/** An interpreter of the few eBPF instructions that device programs are made of; anything else is an error. */
export interface Access {
  type: 'b' | 'c'
  major: number
  minor: number
  /** Bits: 1 make a node, 2 read, 4 write. */
  access: number
}

export function allows(program: Uint8Array, { type, major, minor, access }: Access): boolean {
  const context = [(access << 16) | (type === 'b' ? 1 : 2), major, minor]
  const code = new DataView(program.buffer, program.byteOffset, program.byteLength)
  const registers: (bigint | undefined)[] = []
  registers[1] = 0n
  const read = (register: number): bigint => {
    const value = registers[register]
    if (value === undefined) throw new Error(`r${register} is read before it is written`)
    return value
  }
  let at = 0
  for (;;) {
    if (at * 8 >= program.byteLength) throw new Error('the program runs off its end')
    const operation = code.getUint8(at * 8)
    const destination = code.getUint8(at * 8 + 1) & 15
    const source = code.getUint8(at * 8 + 1) >> 4
    const offset = code.getInt16(at * 8 + 2, true)
    const immediate = BigInt(code.getInt32(at * 8 + 4, true))
    at++
    switch (operation) {
      case 0x61:
        if (source !== 1 || offset % 4 !== 0 || context[offset / 4] === undefined)
          throw new Error(`a load at ${offset}`)
        registers[destination] = BigInt(context[offset / 4] as number)
        break
      case 0xb7:
        registers[destination] = immediate
        break
      case 0xbf:
        registers[destination] = read(source)
        break
      case 0x57:
        registers[destination] = BigInt.asUintN(64, read(destination) & immediate)
        break
      case 0x77:
        registers[destination] = read(destination) >> immediate
        break
      case 0x15:
        if (read(destination) === immediate) at += offset
        break
      case 0x55:
        if (read(destination) !== immediate) at += offset
        break
      case 0x95:
        return read(0) === 1n
      default:
        throw new Error(`instruction ${operation.toString(16)}`)
    }
  }
}
