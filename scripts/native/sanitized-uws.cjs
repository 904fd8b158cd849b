/**
 * Loaded before a test by scripts/native-lane.mjs: the file in the environment variable
 * SLUICE_SANITIZED_UWS takes the place of uWebSockets.js.
 */
const { dlopen } = process
const { SLUICE_SANITIZED_UWS } = process.env

process.dlopen = (module, file, ...rest) =>
  dlopen(module, /[\\/]uws-\d+\.node$/.test(file) ? SLUICE_SANITIZED_UWS : file, ...rest)
