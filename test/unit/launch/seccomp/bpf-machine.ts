/** An interpreter of classic BPF as the kernel's seccomp takes it, strict about everything that the kernel checks. */
export interface Call {
  number: number
  architecture: number
  args?: readonly bigint[]
}

export const X86_64 = 0xc000_003e
export const X86 = 0x4000_0003
export const AARCH64 = 0xc000_00b7

export function verdict(filter: Uint8Array, call: Call): number {
  return run(filter, call).verdict
}

/** What the filter returns, how many instructions it took, and whether an argument was looked at (which the kernel cannot cache). */
export function run(filter: Uint8Array, call: Call): { verdict: number; steps: number; readsArguments: boolean } {
  const data = new DataView(new ArrayBuffer(64))
  data.setUint32(0, call.number, true)
  data.setUint32(4, call.architecture, true)
  call.args?.forEach((value, index) => {
    data.setBigUint64(16 + index * 8, value, true)
  })
  const code = new DataView(filter.buffer, filter.byteOffset, filter.byteLength)
  let accumulator = 0
  let readsArguments = false
  let at = 0
  for (let steps = 1; ; steps++) {
    if (at * 8 >= filter.byteLength) throw new Error(`the filter runs off its end at ${at}`)
    const operation = code.getUint16(at * 8, true)
    const yes = code.getUint8(at * 8 + 2)
    const no = code.getUint8(at * 8 + 3)
    const k = code.getUint32(at * 8 + 4, true)
    at++
    switch (operation) {
      case 0x20:
        if (k % 4 !== 0 || k >= 64) throw new Error(`a load at ${k}`)
        readsArguments ||= k >= 16
        accumulator = data.getUint32(k, true)
        break
      case 0x54:
        accumulator = (accumulator & k) >>> 0
        break
      case 0x05:
        at += k
        break
      case 0x15:
        at += accumulator === k ? yes : no
        break
      case 0x25:
        at += accumulator > k ? yes : no
        break
      case 0x35:
        at += accumulator >= k ? yes : no
        break
      case 0x45:
        at += (accumulator & k) !== 0 ? yes : no
        break
      case 0x06:
        return { verdict: k, steps, readsArguments }
      default:
        throw new Error(`instruction ${operation.toString(16)}`)
    }
  }
}
