{{/* All that `serve` asks of the API server in a namespace; docs/operations.md. */}}
{{- define "latchkey.serveRules" -}}
# Role, audience, defaults, policy.
- apiGroups: ['']
  resources: [serviceaccounts, namespaces]
  verbs: [get]
{{- if eq .Values.identity.mode "pod" }}
# One token for a pod's role; a ValidatingAdmissionPolicy holds it to the audiences.
- apiGroups: ['']
  resources: [serviceaccounts/token]
  verbs: [create]
{{- end }}
# Managed Secrets: never read, changed or deleted. Events: refusals and stale deliveries.
- apiGroups: ['']
  resources: [secrets, events]
  verbs: [create]
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
