/** The cases over TCP, at each of their cuts. */
import { describeCases } from './every-cut.ts'

describeCases('plain')
