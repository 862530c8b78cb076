// The Helm chart, as a cluster is given it: with what must be set, and with all that can be.
import { expect, test } from "bun:test"
import { render, type Tree } from "./helm.ts"

const NEEDED = {
  publicUrl: "https://chat.example.org",
  image: { repository: "registry.example.org/parlour" },
  database: { url: "postgres://db/parlour" },
}
const INGRESS = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "ingress-nginx" } } }
const ALL = {
  ...NEEDED,
  image: {
    repository: "registry.example.org/parlour",
    tag: "2",
    pullPolicy: "Always",
    pullSecrets: [{ name: "pull" }],
  },
  replicas: 3,
  trustedProxies: "10.42.0.0/16",
  registration: "invite",
  redis: { url: "redis://bus" },
  metricsToken: "a token: long enough",
  ingress: { className: "nginx", annotations: { "example.org/why": "yes: it is" }, tlsSecret: "certificate" },
  networkPolicy: { from: [INGRESS] },
  resources: { requests: { memory: "256Mi" } },
}
const SELECTOR = { "app.kubernetes.io/name": "parlour", "app.kubernetes.io/instance": "chat" }

/** The parts of the chart by their kinds; they are read as whoever writes a manifest reads it. */
async function cluster(values: Tree) {
  const all = await render(values)
  // biome-ignore lint/suspicious/noExplicitAny: what is not there is undefined, and fails
  return Object.fromEntries(all.map((one) => [one.kind as string, one as any]))
}

test("with what must be set it is whole, and each part finds the processes", async () => {
  const { Deployment, Service, PodDisruptionBudget, Ingress, Secret, NetworkPolicy, ...more } = await cluster(NEEDED)
  expect(more).toEqual({})
  const { template, replicas, selector } = Deployment.spec
  expect(replicas).toBe(2)
  expect(template.metadata.labels).toMatchObject(SELECTOR)
  const [spread] = template.spec.topologySpreadConstraints
  const finding = [selector, spread.labelSelector, PodDisruptionBudget.spec.selector]
  expect(finding).toEqual(finding.map(() => ({ matchLabels: SELECTOR })))
  expect(PodDisruptionBudget.spec.maxUnavailable).toBe(1)
  expect(Service.spec.selector).toEqual(SELECTOR)
  expect(NetworkPolicy.spec).toEqual({
    podSelector: { matchLabels: SELECTOR },
    policyTypes: ["Ingress"],
    ingress: [{ ports: [{ port: "http", protocol: "TCP" }] }],
  })
  const [container] = template.spec.containers
  expect(Object.keys(template.spec)).not.toContain("imagePullSecrets")
  expect(container.image).toBe("registry.example.org/parlour:0.1.0")
  expect(container.env.map(({ name }: { name: string }) => name)).toEqual([
    "PUBLIC_URL",
    "TRUSTED_PROXIES",
    "DATABASE_URL",
    "REDIS_URL",
    "METRICS_TOKEN",
  ])
  expect(Secret.stringData).toEqual({ DATABASE_URL: "postgres://db/parlour" })
  expect(Ingress.spec).toMatchObject({ rules: [{ host: "chat.example.org" }] })
})

test("all that can be set stands where it belongs", async () => {
  const { Deployment, Ingress, Secret, NetworkPolicy } = await cluster(ALL)
  expect(NetworkPolicy.spec.ingress[0].from).toEqual([INGRESS])
  const { spec } = Deployment.spec.template
  const [container] = spec.containers
  expect(spec.imagePullSecrets).toEqual([{ name: "pull" }])
  expect(container).toMatchObject({ image: "registry.example.org/parlour:2", imagePullPolicy: "Always" })
  expect(container.env[1]).toEqual({ name: "TRUSTED_PROXIES", value: "10.42.0.0/16" })
  expect(container.env[2]).toEqual({ name: "REGISTRATION", value: "invite" })
  expect(container.resources).toEqual({ requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } })
  expect(container.volumeMounts).toHaveLength(2)
  expect(Object.values(Secret.stringData)).toEqual(["postgres://db/parlour", "redis://bus", "a token: long enough"])
  expect(Ingress.metadata.annotations).toEqual({ "example.org/why": "yes: it is" })
  const tls = [{ hosts: ["chat.example.org"], secretName: "certificate" }]
  expect(Ingress.spec).toMatchObject({ ingressClassName: "nginx", tls })
})

test("an image is named by what it is, where that is known, and else by its tag", async () => {
  const digest = `sha256:${"ab12".repeat(16)}`
  const { Deployment } = await cluster({ ...ALL, image: { ...ALL.image, digest } })
  expect(Deployment.spec.template.spec.containers[0].image).toBe(`registry.example.org/parlour@${digest}`)
})

test("what is not wanted is not there", async () => {
  const here = await cluster({
    ...NEEDED,
    replicas: 1,
    existingSecret: "mine",
    trustedProxies: "",
    ingress: { enabled: false },
    networkPolicy: { enabled: false },
  })
  expect(Object.keys(here).sort()).toEqual(["Deployment", "Service"])
  const { env } = here.Deployment.spec.template.spec.containers[0]
  expect(env[1].valueFrom.secretKeyRef).toEqual({ name: "mine", key: "DATABASE_URL" })
})
