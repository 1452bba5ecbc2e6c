{{- define "latchkey.selector" -}}
app.kubernetes.io/name: latchkey
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* Call with a dict of root and component. */}}
{{- define "latchkey.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{ include "latchkey.selector" . }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "latchkey.serveLabels" -}}{{ include "latchkey.labels" (dict "root" . "component" "serve") }}{{- end -}}
{{- define "latchkey.controllerLabels" -}}{{ include "latchkey.labels" (dict "root" . "component" "controller") }}{{- end -}}
