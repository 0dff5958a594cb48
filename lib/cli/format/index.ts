/** How things are shown: sizes, times, tables. */
export { type Listing, type ListingOptions, listingLines } from './listing.js'
export { binarySize, humanSize } from './size.js'
export { statusText } from './status.js'
export { alignColumns } from './table.js'
export { ellipsis, goQuote, oneLine, shortId, withoutControls } from './text.js'
export { ago, goTime, humanDuration, nanoTime, secondTime } from './time.js'
