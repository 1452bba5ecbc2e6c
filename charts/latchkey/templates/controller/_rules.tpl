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
