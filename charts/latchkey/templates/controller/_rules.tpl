{{/* What sweeping needs in a namespace. */}}
{{- define "latchkey.sweepRules" -}}
# Managed Secrets: found by label, read to verify them; one that a pod came to need after all is put back.
- apiGroups: ['']
  resources: [secrets]
  verbs: [list, get, delete, create]
# Which of them pods refer to.
- apiGroups: ['']
  resources: [pods]
  verbs: [list]
{{- end -}}

{{/* What making Secrets without pods needs in a namespace: what `serve` has for it with pods, and to learn of changes. */}}
{{- define "latchkey.materializeRules" -}}
# Definitions, and what they read from.
- apiGroups: [kubernetes-client.io, external-secrets.io]
  resources: [externalsecrets]
  verbs: [get, list, watch]
- apiGroups: [bitnami.com]
  resources: [sealedsecrets]
  verbs: [get, list, watch]
# Only to know whether one of them makes the same Secret.
- apiGroups: [secrets-store.csi.x-k8s.io]
  resources: [secretproviderclasses]
  verbs: [get, list, watch]
- apiGroups: [external-secrets.io]
  resources: [secretstores]
  verbs: [get, list, watch]
- apiGroups: ['']
  resources: [configmaps]
  verbs: [get]
# The Secrets that they describe; one that is deleted is made again.
- apiGroups: ['']
  resources: [secrets]
  verbs: [get, list, watch, create, update]
# Marks, region and what is permitted; who lends a role, and one token for it.
- apiGroups: ['']
  resources: [namespaces, serviceaccounts]
  verbs: [get]
- apiGroups: ['']
  resources: [serviceaccounts/token]
  verbs: [create]
- apiGroups: ['']
  resources: [events]
  verbs: [create]
{{- end -}}
