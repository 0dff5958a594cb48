import { objectFormatHelp, printObject } from '../format/index.js'
import { defineCommand } from '../parse/command.js'

export const command = defineCommand({
  usage: '',
  least: 0,
  most: 0,
  flags: { format: { kind: 'string', short: 'f', help: objectFormatHelp } },
  async run({ flags, engine, print }) {
    const opened = await engine()
    const info = await opened.info()
    print(flags.format ? printObject(info, flags.format) : lines(info).join('\n'))
  },
})

/** 'Name: value', with what belongs to a name indented under it. */
function lines(value: object, indent = ''): string[] {
  return Object.entries(value).flatMap(([key, item]) => {
    const title = `${indent}${key}:`
    if (Array.isArray(item)) return item.every((one) => typeof one !== 'object') ? [`${title} ${item.join(' ')}`.trimEnd()] : [title, ...item.flatMap((one) => lines(one as object, `${indent} `))]
    if (typeof item === 'object' && item !== null) return [title, ...lines(item, `${indent} `)]
    return [`${title} ${item ?? ''}`.trimEnd()]
  })
}
