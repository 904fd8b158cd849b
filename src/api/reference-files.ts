/** The files of the API reference: the page for browsers, its viewer (Swagger UI), and the documents of the package. */
import { readFileSync } from 'node:fs'
import { etagOf } from '../http/entity-tag.ts'

/** A file as a browser gets it. */
export interface ReferenceFile {
  readonly contentType: string
  readonly body: Uint8Array
  readonly etag: string
}

const ROOT = new URL('../../', import.meta.url)
/** `npm run build` copies the viewer here. */
const VIEWER = new URL('dist/viewer/', ROOT)
const SCRIPT = new URL('swagger-ui-bundle.js', VIEWER)
const STYLE = new URL('swagger-ui.css', VIEWER)

/** Documents that the package contains, in the order of their links. */
const DOCUMENTS = [
  'configuration.md',
  'errors.md',
  'metrics.md',
  'deviations.md',
  'load-balancers.md',
]

const HTML = 'text/html; charset=utf-8'
const JAVASCRIPT = 'text/javascript; charset=utf-8'
const CSS = 'text/css; charset=utf-8'
/** Browsers show plain text, and download Markdown. */
const TEXT = 'text/plain; charset=utf-8'

/** A file with its entity tag. The body is kept as bytes, which all of its responses share. */
export function referenceFile(contentType: string, content: string | Uint8Array): ReferenceFile {
  const body = Buffer.from(content)
  return { contentType, body, etag: etagOf(body) }
}

/** The files below `/reference`. Each file is read with its first request. */
export class ReferenceFiles {
  readonly #basePath: string
  readonly #version: string
  readonly #known = new Map<string, ReferenceFile>()

  /** @param basePath the beginning of all paths of the server */
  constructor(basePath: string, version: string) {
    this.#basePath = basePath
    this.#version = version
  }

  /** The page. */
  page(): ReferenceFile {
    return this.#file('page', HTML, () => this.#render())
  }

  /** The file of a name; undefined when there is none. */
  find(name: string): ReferenceFile | undefined {
    switch (name) {
      case 'viewer.js':
        return this.#file(name, JAVASCRIPT, () => readFileSync(SCRIPT))
      case 'viewer.css':
        return this.#file(name, CSS, () => readFileSync(STYLE))
      case 'page.css':
        return this.#file(name, CSS, () => PAGE_STYLE)
      case 'start.js':
        return this.#file(name, JAVASCRIPT, () => START)
      default:
        if (!DOCUMENTS.includes(name)) return undefined
        return this.#file(name, TEXT, () => readFileSync(new URL(`docs/${name}`, ROOT)))
    }
  }

  #file(name: string, contentType: string, read: () => string | Uint8Array): ReferenceFile {
    let file = this.#known.get(name)
    if (!file) {
      file = referenceFile(contentType, read())
      this.#known.set(name, file)
    }
    return file
  }

  #render(): string {
    const link = (path: string, text: string) => `<a href="${this.#basePath}${path}">${text}</a>`
    const documents = DOCUMENTS.map((name) => link(`/reference/${name}`, name.replace('.md', '')))
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sluice ${this.#version}: API reference</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${this.#basePath}/reference/viewer.css">
<link rel="stylesheet" href="${this.#basePath}/reference/page.css">
</head>
<body>
<header>
<h1>Sluice <small>${this.#version}</small></h1>
<nav>
<p>This server: ${[
      link('/healthy', 'health'),
      link('/ready', 'readiness'),
      link('/metrics', 'metrics'),
      link('/openapi.json', 'OpenAPI document'),
    ].join(' ')}</p>
<p>Documents: ${documents.join(' ')}</p>
</nav>
</header>
<main id="viewer" data-document="${this.#basePath}/openapi.json"><noscript>The viewer needs JavaScript. The
${link('/openapi.json', 'OpenAPI document')} has the same content.</noscript></main>
<script src="${this.#basePath}/reference/viewer.js"></script>
<script src="${this.#basePath}/reference/start.js"></script>
</body>
</html>
`
  }
}

/** A file of its own, because the page's Content-Security-Policy permits no script in the page. */
const START = `const dark = matchMedia('(prefers-color-scheme: dark)')
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
dark.addEventListener('change', follow)
follow()
const viewer = document.getElementById('viewer')
SwaggerUIBundle({
  domNode: viewer,
  url: viewer.dataset.document,
  deepLinking: true,
  defaultModelsExpandDepth: -1,
  validatorUrl: null,
})
`

const PAGE_STYLE = `body { margin: 0; font-family: system-ui, sans-serif; }
header { box-sizing: border-box; max-width: 1460px; margin: 0 auto; padding: 1rem 20px 0; }
header h1 { margin: 0; font-size: 1.6rem; }
header small { font-weight: normal; opacity: 0.7; }
header p { margin: 0.4rem 0; }
header a { margin-right: 0.6em; }
.dark-mode header { color: #e6edf3; }
.dark-mode header a { color: #79c0ff; }
.swagger-ui .info { margin: 1rem 0; }
.swagger-ui .info hgroup.main { display: none; }
`
