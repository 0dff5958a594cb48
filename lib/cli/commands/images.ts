import { checkFilter, filtersOf, listFormatHelp, listingLines } from '../format/index.js'
import { defineCommand } from '../parse/command.js'
import { type ImageFacts, imageListing, imageRow, imageTableWithDigests, splitReference } from '../rows/image.js'
import type { Image, ImageFilters } from '../sdk.js'

export const command = defineCommand({
  usage: '[REPOSITORY[:TAG]]',
  least: 0,
  most: 1,
  flags: {
    all: { kind: 'bool', short: 'a', help: 'Show all images (default hides intermediate images)' },
    digests: { kind: 'bool', help: 'Show digests' },
    filter: { kind: 'list', short: 'f', word: 'filter', help: 'Filter output based on conditions provided', check: checkFilter },
    format: { kind: 'string', help: listFormatHelp },
    'no-trunc': { kind: 'bool', help: "Don't truncate output" },
    quiet: { kind: 'bool', short: 'q', help: 'Only show image IDs' },
  },
  async run({ flags, args: [wanted], engine, print, stdout }) {
    const { Image } = await engine()
    const filters = filtersOf(flags.filter)
    if (wanted !== undefined) filters.reference = [...(filters.reference ?? []), wanted]
    const images = await Image.list({ filters: { ...filters, ...(filters.dangling ? { dangling: filters.dangling.at(-1)! } : {}) } as ImageFilters })
    // The machine's own image is always there, and last. Who filters, or wants ids to remove, means those on the disk.
    if (flags.filter.length === 0 && !flags.quiet && (wanted === undefined || splitReference(wanted)[0] === 'host')) images.push(await Image.host())
    const facts = (await Promise.all(images.map(factsOf))).flat().filter(({ reference }) => wanted === undefined || isWanted(reference, wanted))
    const format = flags.digests && !flags.format && !flags.quiet ? imageTableWithDigests : flags.format
    const rows = facts.map((one) => imageRow(one, flags['no-trunc']))
    for (const line of listingLines(imageListing, rows, { format, quiet: flags.quiet, terminal: stdout.isTTY === true })) print(line)
  },
})

/** One line for each name of an image; one for an image without a name. */
async function factsOf(image: Image): Promise<ImageFacts[]> {
  const { id, tags, digest, createdAt, sizeBytes: size } = await image.inspect()
  const names = tags.length > 0 ? tags : [null]
  return names.map((reference) => ({ id, reference, digest, createdAt, size }))
}

/** Which names of an image that was found are shown: 'debian' fits all its tags, 'debian:12' one, a pattern whatever the image has. */
function isWanted(reference: string | null, wanted: string): boolean {
  if (/[*?[]/.test(wanted)) return true
  const [repository, tag] = splitReference(reference)
  const [wantedRepository, wantedTag] = splitReference(wanted)
  return reference !== null && repository === wantedRepository && (wantedTag === '<none>' || wantedTag === tag)
}
