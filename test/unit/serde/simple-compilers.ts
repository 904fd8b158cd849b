/** The compilers of the simple language, as workers load them. */
export { SIMPLE as COMPILERS } from './fake-schemas.ts'
