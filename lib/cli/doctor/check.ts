/** What a look at one property of the machine found. */
export interface Finding {
  /** 'ok'; 'note': works without, something is lost; 'missing': containers cannot run. */
  level: 'ok' | 'note' | 'missing'
  /** What was looked at. */ title: string
  /** What was found. */ found: string
  /** What would help. */ help?: string
}

/** The finding of a property that must hold. */
export function must(title: string, holds: boolean, found: string, help: string): Finding {
  return holds ? { level: 'ok', title, found } : { level: 'missing', title, found, help }
}

/** The finding of a property without which something is lost. */
export function should(title: string, holds: boolean, found: string, help: string): Finding {
  return holds ? { level: 'ok', title, found } : { level: 'note', title, found, help }
}
