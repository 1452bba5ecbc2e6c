{{- define "latchkey.controllerFlags" -}}
- --namespace={{ .Release.Namespace }}
- --lease={{ include "latchkey.controller" . }}
{{- if eq .Values.tls.mode "builtin" }}
- --tls-mode=built-in
- --webhook-configuration={{ include "latchkey.registration" . }}
- --service={{ include "latchkey.service" . }}
- --ca-secret={{ include "latchkey.caSecret" . }}
- --tls-secret={{ include "latchkey.tlsSecret" . }}
- --ca-lifetime={{ .Values.tls.builtin.caLifetime }}
- --tls-lifetime={{ .Values.tls.builtin.lifetime }}
- --tls-propagation={{ .Values.tls.builtin.propagation }}
{{- else }}
- --tls-mode=external
{{- end }}
- --key-secret={{ include "latchkey.keySecret" . }}
{{- if .Values.sealing.ownKeys.enabled }}
- --sealing-keys
- --sealing-key-renewal={{ .Values.sealing.ownKeys.renewal }}
{{- end }}
- --sweep-after={{ .Values.controller.sweepAfter }}
- --sweep-every={{ .Values.controller.sweepEvery }}
- --cache-ttl={{ .Values.aws.cacheTtl }}
{{- with fromJsonArray (include "latchkey.namespaces" .) }}
- --namespaces={{ join "," . }}
{{- end }}
- --excluded-namespaces={{ join "," (fromJsonArray (include "latchkey.undeliveredNamespaces" .)) }}
- --health-listen=0.0.0.0:9090
- --log-level={{ .Values.controller.logLevel }}
{{- end -}}

{{/* Not empty unless sweeping is off. */}}
{{- define "latchkey.sweeps" -}}
{{- if not (regexMatch "^0+(ms|s|m|h)$" .Values.controller.sweepAfter) }}true{{ end -}}
{{- end -}}
