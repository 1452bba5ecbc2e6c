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
{{- if .Values.adoption.materialize.enabled }}
- --materialize
- --materialize-every={{ .Values.adoption.materialize.every }}
- --identity={{ .Values.identity.mode }}
- --token-audiences={{ join "," .Values.tokenAudiences }}
{{- if or .Values.policy.content .Values.policy.existingConfigMap }}
- --policy-file=/etc/latchkey/policy/policy.yaml
{{- end }}
{{- with .Values.aws.region }}
- --region={{ . }}
{{- end }}
{{- with .Values.clusterName }}
- --cluster-name={{ . }}
{{- end }}
{{- with .Values.aws.endpointUrl }}
- --aws-endpoint-url={{ . }}
{{- end }}
{{- with .Values.adoption.clusterStores }}
- --cluster-stores={{ join "," . }}
{{- end }}
{{- if .Values.adoption.allowStaticKeys }}
- --allow-static-keys
{{- end }}
{{- with .Values.adoption.secretTypes }}
- --allow-secret-types={{ join "," . }}
{{- end }}
{{- with fromJsonArray (include "latchkey.keyNamespaces" .) }}
- --sealing-key-namespaces={{ join "," . }}
{{- end }}
{{- end }}
- --health-listen=0.0.0.0:9090
- --log-level={{ .Values.controller.logLevel }}
{{- end -}}

{{/* What it reads beside the API server, for Secrets without pods; each is mounted at /etc/latchkey/NAME, as in the webhook. */}}
{{- define "latchkey.controllerVolumes" -}}
{{- if .Values.adoption.materialize.enabled }}
{{- $wanted := list "policy" "extra-ca" -}}
{{- $volumes := list -}}
{{- range fromYamlArray (include "latchkey.serveVolumes" .) }}
{{- if has .name $wanted }}{{ $volumes = append $volumes . }}{{ end }}
{{- end }}
{{- with $volumes }}{{ toYaml . }}{{ end }}
{{- end }}
{{- end -}}

{{/* Not empty unless sweeping is off. */}}
{{- define "latchkey.sweeps" -}}
{{- if not (regexMatch "^0+(ms|s|m|h)$" .Values.controller.sweepAfter) }}true{{ end -}}
{{- end -}}
