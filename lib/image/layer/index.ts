/** The content-addressed store of layers. */
export { addLayer, detachLayer, layersDirectory, layerTree, listLayers, readLayer, sweepUnfinished, type AddOptions, type ImportProgress, type Layer } from './store.js'
export type { LayerSource } from './source.js'
export { packDirectory } from './pack.js'
export { TreeWriter } from './tree-writer.js'
