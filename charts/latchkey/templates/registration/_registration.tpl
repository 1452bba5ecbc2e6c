{{- define "latchkey.registrationAnnotations" -}}
{{- if or .Values.webhook.annotations (eq .Values.tls.mode "cert-manager") -}}
annotations:
  {{- if eq .Values.tls.mode "cert-manager" }}
  cert-manager.io/inject-ca-from: {{ .Release.Namespace }}/{{ include "latchkey.certificate" . }}
  {{- end }}
  {{- with .Values.webhook.annotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}
{{- end -}}

{{/* Call with a dict of root and path. */}}
{{- define "latchkey.clientConfig" -}}
# caBundle is not here: who makes the certificate writes it, and nothing that applies this manifest takes it away.
{{- with .root.Values.tls.files.caBundle }}
caBundle: {{ . }}
{{- end }}
service:
  name: {{ include "latchkey.service" .root }}
  namespace: {{ .root.Release.Namespace }}
  path: {{ .path }}
  port: 443
{{- end -}}

{{/* What the webhooks of pods have in common. */}}
{{- define "latchkey.podWebhook" -}}
admissionReviewVersions: [v1]
clientConfig:
  {{- include "latchkey.clientConfig" (dict "root" . "path" "/mutate/pods") | nindent 2 }}
rules:
  - operations: [CREATE]
    apiGroups: ['']
    apiVersions: [v1]
    resources: [pods]
    scope: Namespaced
objectSelector:
  {{- include "latchkey.objectSelector" . | nindent 2 }}
matchPolicy: Equivalent
failurePolicy: {{ .Values.webhook.failurePolicy }}
reinvocationPolicy: IfNeeded
# Secrets; none in a dry run.
sideEffects: NoneOnDryRun
timeoutSeconds: {{ .Values.webhook.timeoutSeconds }}
{{- end -}}
