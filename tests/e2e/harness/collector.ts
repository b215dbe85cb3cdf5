// The real collector binary on random ports, with a data folder of its own.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Child } from './child.ts'
import { places, requireBuilt } from './places.ts'
import { fetchViews, type ViewerView } from './viewer.ts'

export const APPLICATION_ID = '3fa85f64-5717-4562-b3fc-2c963f66afa6'
/** Stands for the app in `/metrics`. */
export const APP_NAME = 'pharmacy-claims'
/** Stands in the page; the collector replaces it by the real token. */
export const PUBLIC_TOKEN = 'pub0123456789abcdef0123456789abcdef'
/** Known to the collector and the Datadog intake only; no browser may ever send it. */
export const DATADOG_TOKEN = 'pubfedcba9876543210fedcba9876543210'

/** The wire does not look into the start line's other fields. */
interface ListeningLine { event: 'listening'; intake: string; viewer: string }

export interface CollectorConfig {
  datadogUrl: string
  allowedOrigins: readonly string[]
  /** The app's public key; null makes its id the key. */
  appToken: string | null
}

export class Collector {
  intakeUrl = ''
  viewerUrl = ''
  private child: Child | undefined
  private readonly dataDir: string

  private constructor(dataDir: string) {
    this.dataDir = dataDir
  }

  static async start(config: CollectorConfig): Promise<Collector> {
    const collector = new Collector(await mkdtemp(join(tmpdir(), 'rum-collector-')))
    await writeFile(collector.configFile, configToml(config, join(collector.dataDir, 'data')))
    await collector.launch('127.0.0.1:0', '127.0.0.1:0')
    return collector
  }

  /** As a crash would: no chance to finish anything. */
  async killHard(): Promise<void> {
    await this.child?.kill('SIGKILL')
  }

  /** Again on the ports it had, with the data it left. */
  async restart(): Promise<void> {
    await this.launch(new URL(this.intakeUrl).host, new URL(this.viewerUrl).host)
  }

  async stop(): Promise<void> {
    await this.child?.stop()
  }

  async remove(): Promise<void> {
    await this.stop()
    await rm(this.dataDir, { recursive: true, force: true })
  }

  views(): Promise<ViewerView[]> {
    return fetchViews(this.viewerUrl)
  }

  /** The value of each line of /metrics, by its name and labels as printed. */
  async metrics(): Promise<Map<string, number>> {
    const text = await (await fetch(new URL('/metrics', this.intakeUrl))).text()
    const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    return new Map(samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]))
  }

  get log(): string {
    return this.child?.lines.join('\n') ?? ''
  }

  private get configFile(): string {
    return join(this.dataDir, 'collector.toml')
  }

  private async launch(listen: string, viewerListen: string): Promise<void> {
    const args = ['serve', '--config', this.configFile, '--listen', listen, '--viewer-listen', viewerListen]
    this.child = new Child('the collector', requireBuilt(places.collector), args, { env: environmentWithoutSettings() })
    const { intake, viewer } = await this.child.firstLine('where it listens', readListeningLine)
    this.intakeUrl = `http://${intake}`
    this.viewerUrl = `http://${viewer}`
  }
}

function configToml({ datadogUrl, allowedOrigins, appToken }: CollectorConfig, dataDir: string): string {
  return `
data_dir = ${JSON.stringify(dataDir)}

[[app]]
id = "${APPLICATION_ID}"
name = "${APP_NAME}"
${appToken === null ? '' : `client_token = "${appToken}"`}
allowed_origins = ${JSON.stringify(allowedOrigins)}

[sink.datadog]
site = "datadoghq.com"
intake_url = ${JSON.stringify(datadogUrl)}
client_token = "${DATADOG_TOKEN}"

[sink.store]
`
}

function readListeningLine(line: string): ListeningLine | undefined {
  if (!line.startsWith('{')) return undefined
  const parsed = JSON.parse(line) as Partial<ListeningLine>
  return parsed.event === 'listening' ? (parsed as ListeningLine) : undefined
}

/** A developer's own DD_ and COLLECTOR_ variables must not reach the collector under test. */
function environmentWithoutSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(DD_|COLLECTOR_)/.test(name)))
}
