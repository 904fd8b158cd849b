/**
 * nginx and HAProxy in front of a recorder, with connections that the requests of all clients share. They give each
 * request that they forward an id of its own, tell it to the client with the answer, and log it.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atExit } from '../../cluster/at-exit.ts'
import { ChildServer } from '../../cluster/child-server.ts'
import { freePorts } from '../../cluster/free-ports.ts'
import { ANSWER_HEADER, ID_HEADER } from './answers.ts'
import { Connection } from './connection.ts'

/** A proxy, and how strict it is. */
export type ProxyName = 'nginx' | 'haproxy' | 'lenient haproxy'

/** A request that a proxy has forwarded. */
export interface Forwarded {
  readonly id: string
  /** Of the server's answer; NaN when none came. */
  readonly status: number
}

/** A running proxy. */
export interface RunningProxy {
  readonly port: number
  readonly isTls: false
  /** Stops it, and returns what it has forwarded. */
  stop(): Promise<Forwarded[]>
}

interface Ports {
  readonly listen: number
  readonly upstream: number
}

interface Installation {
  readonly command: string
  configure(folder: string, ports: Ports): string
  args(folder: string, file: string): string[]
  /** The file of `<id> <server, or -> <status>` lines. */
  readonly log: string
  /** Ends it when the requests that it has begun are over, and logged. */
  readonly endSignal: NodeJS.Signals
}

const HAPROXY: Installation = {
  command: 'haproxy',
  configure: (_, ports) => haproxyConfiguration(ports, ''),
  args: (_, file) => ['-db', '-f', file],
  log: 'output',
  endSignal: 'SIGUSR1',
}

const INSTALLATIONS: Readonly<Record<ProxyName, Installation>> = {
  nginx: {
    command: 'nginx',
    configure: nginxConfiguration,
    args: (folder, file) => ['-e', 'stderr', '-p', folder, '-c', file],
    log: 'access.log',
    endSignal: 'SIGQUIT',
  },
  haproxy: HAPROXY,
  'lenient haproxy': {
    ...HAPROXY,
    configure: (_, ports) => haproxyConfiguration(ports, 'option accept-invalid-http-request'),
  },
}

/** Starts a proxy in front of the port of a recorder. */
export async function startProxy(name: ProxyName, upstream: number): Promise<RunningProxy> {
  const { command, configure, args, log, endSignal } = INSTALLATIONS[name]
  const [listen = 0] = await freePorts(1)
  const folder = mkdtempSync(join(tmpdir(), 'sluice-proxy-'))
  const removeFolder = () => rmSync(folder, { recursive: true, force: true })
  const cancelRemoval = atExit(removeFolder)
  const file = join(folder, 'configuration')
  writeFileSync(file, configure(folder, { listen, upstream }))
  const server = new ChildServer({
    name,
    command,
    args: args(folder, file),
    // Daemons are not in every user's path.
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` },
    logFile: join(folder, 'output'),
    isReady: () => accepts(listen),
  })
  await server.start()
  return {
    port: listen,
    isTls: false,
    async stop() {
      // Both log a request when it is over, and some clients have left before.
      await server.stop(endSignal)
      const forwarded = parseLog(readFileSync(join(folder, log), 'utf8'))
      cancelRemoval()
      removeFolder()
      return forwarded
    },
  }
}

function parseLog(text: string): Forwarded[] {
  const lines = [...text.matchAll(/^id=(\S+) server=(\S+) status=(\S+)$/gm)]
  return lines
    .filter(([, , server]) => server !== '-' && server !== '<NOSRV>')
    .map(([, id = '', , status = '']) => ({ id, status: Number(status) }))
}

async function accepts(port: number): Promise<boolean> {
  try {
    const connection = await Connection.open({ port, isTls: false })
    connection.close()
    return true
  } catch {
    return false
  }
}

/** Field names of all kinds are forwarded, and bodies and answers are not buffered. */
function nginxConfiguration(folder: string, { listen, upstream }: Ports): string {
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(' ')
  return `${user} daemon off; pid ${folder}/pid; error_log stderr crit; worker_processes 1;
events { }
http {
  ${temporary}
  log_format ids 'id=$request_id server=$upstream_addr status=$upstream_status';
  access_log ${folder}/access.log ids;
  # A request of HTTP/1.1 needs a Host; one of HTTP/1.0 may come without.
  map $http_host $sent_host { "" x; default $http_host; }
  upstream recorder { server 127.0.0.1:${upstream}; keepalive 4; }
  server {
    listen 127.0.0.1:${listen};
    underscores_in_headers on;
    ignore_invalid_headers off;
    large_client_header_buffers 4 64k;
    client_max_body_size 1m;
    location / {
      proxy_pass http://recorder;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $sent_host;
      proxy_set_header ${ID_HEADER} $request_id;
      proxy_request_buffering off;
      proxy_buffering off;
      proxy_next_upstream off;
      add_header ${ANSWER_HEADER} $request_id always;
    }
  }
}
`
}

function haproxyConfiguration({ listen, upstream }: Ports, option: string): string {
  return `global
  log stdout format raw local0
defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend clients
  bind 127.0.0.1:${listen}
  ${option}
  log global
  log-format "id=%ID server=%s status=%ST"
  unique-id-format %[uuid()]
  http-request set-header ${ID_HEADER} %[unique-id]
  http-response set-header ${ANSWER_HEADER} %[unique-id]
  default_backend recorders
backend recorders
  http-reuse always
  server recorder 127.0.0.1:${upstream}
`
}
