/**
 * Runs TypeScript: `node --import=./scripts/typescript/register.mjs --test test/unit/log.test.ts`. Node.js 22.18 and newer
 * versions do so by themselves.
 */
import { register } from 'node:module'

if (!process.features.typescript) register('./hooks.mjs', import.meta.url)
