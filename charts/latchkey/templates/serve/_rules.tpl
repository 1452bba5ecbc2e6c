{{/* All that `serve` asks of the API server in a namespace; docs/operations.md. */}}
{{- define "latchkey.serveRules" -}}
# Role, audience, defaults, policy.
- apiGroups: ['']
  resources: [serviceaccounts, namespaces]
  verbs: [get]
{{- if include "latchkey.requestsTokens" . }}
# One token for a role; a ValidatingAdmissionPolicy holds it to the audiences.
- apiGroups: ['']
  resources: [serviceaccounts/token]
  verbs: [create]
{{- end }}
# Managed Secrets: never read, changed or deleted. Events: refusals and stale deliveries.
- apiGroups: ['']
  resources: [secrets, events]
  verbs: [create]
{{- if .Values.adoption.enabled }}
# Definitions, and the Secrets that they describe: whose they are, and to bring up to date what Latchkey made.
- apiGroups: [kubernetes-client.io, external-secrets.io]
  resources: [externalsecrets]
  verbs: [get, list, watch]
- apiGroups: [bitnami.com]
  resources: [sealedsecrets]
  verbs: [get, list, watch]
- apiGroups: [secrets-store.csi.x-k8s.io]
  resources: [secretproviderclasses]
  verbs: [get, list, watch]
- apiGroups: [external-secrets.io]
  resources: [secretstores]
  verbs: [get]
- apiGroups: ['']
  resources: [secrets]
  verbs: [get, update]
# What their templates read.
- apiGroups: ['']
  resources: [configmaps]
  verbs: [get]
{{- end }}
# Whether a pod's owner is what it says it is.
- apiGroups: ['']
  resources: [replicationcontrollers]
  verbs: [get]
- apiGroups: [apps]
  resources: [replicasets, statefulsets, daemonsets]
  verbs: [get]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get]
# Siblings, while AWS is away.
- apiGroups: ['']
  resources: [pods]
  verbs: [list]
{{- end -}}

{{/* Not empty if tokens of service accounts are requested: of pods, or of those that a store names. */}}
{{- define "latchkey.requestsTokens" -}}
{{- if or (eq .Values.identity.mode "pod") .Values.adoption.enabled }}true{{ end -}}
{{- end -}}
