/** What --format's help says, for listings and for single objects. */
export const listFormatHelp = [
  'Format output using a custom template:',
  "'table': Print output in table format with column headers (default)",
  "'table TEMPLATE': Print output in table format using the given Go template",
  "'json': Print in JSON format",
  "'TEMPLATE': Print output using the given Go template",
].join('\n')

export const objectFormatHelp = ['Format output using a custom template:', "'json': Print in JSON format", "'TEMPLATE': Print output using the given Go template"].join('\n')
