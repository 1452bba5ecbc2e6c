{{/* A policy without a binding does nothing. Call with a dict of root, name and actions. */}}
{{- define "latchkey.policyBinding" -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ .name }}
  labels:
    {{- include "latchkey.serveLabels" .root | nindent 4 }}
spec:
  policyName: {{ .name }}
  validationActions: {{ .actions | toJson }}
{{- end -}}
