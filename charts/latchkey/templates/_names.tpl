{{/*
Every name begins with the release's where that begins with latchkey, else with latchkey-RELEASE: so the registration sorts
before pod-identity-webhook, which then sees the init container that we add.
*/}}
{{- define "latchkey.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if hasPrefix "latchkey" .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "latchkey-%s" .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "latchkey.serve" -}}{{ include "latchkey.fullname" . }}-serve{{- end -}}
{{- define "latchkey.controller" -}}{{ include "latchkey.fullname" . }}-controller{{- end -}}
{{/* The Service's name is in the serving certificate. */}}
{{- define "latchkey.service" -}}{{ include "latchkey.fullname" . }}{{- end -}}
{{- define "latchkey.registration" -}}{{ include "latchkey.fullname" . }}{{- end -}}
{{- define "latchkey.caSecret" -}}{{ include "latchkey.fullname" . }}-ca{{- end -}}

{{/* Not the name of the Secret that the controller fills: Secrets change neither type nor owner when tls.mode does. */}}
{{- define "latchkey.certificate" -}}{{ include "latchkey.fullname" . }}-certificate{{- end -}}

{{- define "latchkey.tlsSecret" -}}
{{- if eq .Values.tls.mode "files" -}}
{{- required "tls.files.existingSecret is needed for tls.mode=files: a Secret with tls.crt and tls.key" .Values.tls.files.existingSecret -}}
{{- else if eq .Values.tls.mode "cert-manager" -}}
{{- include "latchkey.certificate" . -}}
{{- else -}}
{{- include "latchkey.fullname" . }}-tls
{{- end -}}
{{- end -}}

{{- define "latchkey.keySecret" -}}
{{- .Values.installationKey.existingSecret | default (printf "%s-key" (include "latchkey.fullname" .)) -}}
{{- end -}}

{{- define "latchkey.serveUser" -}}system:serviceaccount:{{ .Release.Namespace }}:{{ include "latchkey.serve" . }}{{- end -}}
{{- define "latchkey.controllerUser" -}}system:serviceaccount:{{ .Release.Namespace }}:{{ include "latchkey.controller" . }}{{- end -}}

{{/* Who makes Secrets of definitions, as JSON. */}}
{{- define "latchkey.adopters" -}}
{{- $controller := ternary (list (include "latchkey.controllerUser" .)) (list) .Values.adoption.materialize.enabled -}}
{{- concat (list (include "latchkey.serveUser" .)) $controller | toJson -}}
{{- end -}}

{{- define "latchkey.image" -}}
{{- $image := .Values.image -}}
{{- printf "%s:%s" $image.repository ($image.tag | default .Chart.AppVersion) -}}
{{- if $image.digest -}}@{{ $image.digest }}{{- end -}}
{{- end -}}

{{/* The Secrets that the chart makes empty and the controller fills, as JSON. */}}
{{- define "latchkey.filledSecrets" -}}
{{- $filled := list -}}
{{- if eq .Values.tls.mode "builtin" -}}
{{- $filled = list (include "latchkey.caSecret" .) (include "latchkey.tlsSecret" .) -}}
{{- end -}}
{{- if not .Values.installationKey.existingSecret -}}
{{- $filled = append $filled (include "latchkey.keySecret" .) -}}
{{- end -}}
{{- toJson $filled -}}
{{- end -}}

{{/* What an uninstallation leaves beside managed Secrets. */}}
{{- define "latchkey.alsoStays" -}}
{{- if .Values.installationKey.keep }}, and the key{{ end }}
{{- if .Values.adoption.enabled }}, and the Secrets made of definitions{{ end }}
{{- if .Values.sealing.ownKeys.enabled }}, and the sealing keys{{ end }}, and nothing else
{{- end -}}
