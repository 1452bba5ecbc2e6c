{{/* Namespaces that no pod of ours may depend on, as JSON. Latchkey's own: it could not start without itself. */}}
{{- define "latchkey.excludedNamespaces" -}}
{{- concat (list "kube-system" "kube-node-lease" .Release.Namespace) .Values.excludedNamespaces | uniq | toJson -}}
{{- end -}}

{{/* Namespaces in which Latchkey's users may touch neither tokens nor managed Secrets, as JSON. */}}
{{- define "latchkey.undeliveredNamespaces" -}}
{{- concat (fromJsonArray (include "latchkey.excludedNamespaces" .)) (list "kube-public") | uniq | toJson -}}
{{- end -}}

{{/* The list of namespaces, none twice and in order, as JSON; fails where one is excluded too. */}}
{{- define "latchkey.namespaces" -}}
{{- $excluded := fromJsonArray (include "latchkey.excludedNamespaces" .) -}}
{{- range .Values.namespaces -}}
{{- if has . $excluded -}}
{{- fail (printf "namespaces: %s never reaches the webhook, so it cannot be listed" .) -}}
{{- end -}}
{{- end -}}
{{- .Values.namespaces | uniq | sortAlpha | toJson -}}
{{- end -}}

{{/* Where sealing keys are looked for, as JSON. */}}
{{- define "latchkey.keyNamespaces" -}}
{{- $own := ternary (list .Release.Namespace) (list) .Values.sealing.ownKeys.enabled -}}
{{- concat .Values.sealing.keyNamespaces $own | uniq | toJson -}}
{{- end -}}

{{/* A list of names as a CEL list; call with JSON. */}}
{{- define "latchkey.celList" -}}
[{{ range $index, $name := fromJsonArray . }}{{ if $index }}, {{ end }}'{{ $name }}'{{ end }}]
{{- end -}}

{{/* Which namespaces: opt-outs are selectors, so that they work while the webhook is down. */}}
{{- define "latchkey.namespaceSelector" -}}
{{- with .Values.webhook.namespaceSelector.matchLabels }}
matchLabels:
  {{- toYaml . | nindent 2 }}
{{- end }}
matchExpressions:
  {{- with fromJsonArray (include "latchkey.namespaces" .) }}
  - key: kubernetes.io/metadata.name
    operator: In
    values: {{ toJson . }}
  {{- end }}
  - key: kubernetes.io/metadata.name
    operator: NotIn
    values: {{ include "latchkey.excludedNamespaces" . }}
  - key: latchkey.dev/injection
    operator: NotIn
    values: [disabled]
  {{- with .Values.webhook.namespaceSelector.matchExpressions }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "latchkey.objectSelector" -}}
matchExpressions:
  - key: latchkey.dev/injection
    operator: NotIn
    values: [disabled]
{{- end -}}

{{/*
Whether the CEL variable `entry` asks in place. The white space before its value is what JavaScript's trimStart drops;
`contains` comes first since it is cheap, and a condition has a budget.
*/}}
{{- define "latchkey.asksInPlace" -}}
entry.?value.orValue('').contains('latchkey:') && entry.?value.orValue('').matches(r'^[\s\v\p{Z}\x{FEFF}]*latchkey:|\(\(latchkey:')
{{- end -}}

{{/*
Whether a pod asks. What may be absent is read as an optional, since an error would refuse pods that ask for nothing;
containers of a pod that is not valid are null.
*/}}
{{- define "latchkey.asks" -}}
object.metadata.?annotations.orValue({}).exists(name, name.startsWith('latchkey.dev/')) ||
[object.spec.?containers.orValue(null), object.spec.?initContainers.orValue(null)].exists(containers,
containers != null && containers.exists(container, container.?env.orValue([]).exists(entry,
{{ include "latchkey.asksInPlace" . }})))
{{- end -}}

{{/* Which pods: those that ask, and have not opted out. */}}
{{- define "latchkey.matchConditions" -}}
- name: asks
  expression: >-
    {{- include "latchkey.asks" . | nindent 4 }}
{{ include "latchkey.notLeftOut" . }}
{{- end -}}

{{/* Which namespaces: those whose definitions are carried out, and of which the other webhook is called. */}}
{{- define "latchkey.adoptionNamespaceSelector" -}}
{{ include "latchkey.namespaceSelector" . }}
  - key: latchkey.dev/adoption
    operator: In
    values: [enabled, materialize]
{{- end -}}

{{/*
Which pods: those that refer to a Secret or mount a SecretProviderClass. One that asks as well goes to the other webhook, which does both; so none is reviewed
twice. In a namespace without the label neither is evaluated.
*/}}
{{- define "latchkey.adoptionMatchConditions" -}}
- name: refers-to-secrets
  expression: >-
    object.spec.?imagePullSecrets.orValue([]).size() > 0 ||
    [object.spec.?containers.orValue(null), object.spec.?initContainers.orValue(null)].exists(containers,
    containers != null && containers.exists(container,
    container.?env.orValue([]).exists(entry, entry.?valueFrom.?secretKeyRef.hasValue()) ||
    container.?envFrom.orValue([]).exists(entry, entry.?secretRef.hasValue()))) ||
    object.spec.?volumes.orValue([]).exists(volume, volume.?secret.hasValue() || volume.?azureFile.hasValue() ||
    (volume.?projected.?sources.orValue(null) != null && volume.projected.sources.exists(source, source.?secret.hasValue())) ||
    volume.?csi.?nodePublishSecretRef.hasValue() ||
    volume.?csi.?driver.orValue('') == 'secrets-store.csi.k8s.io' || volume.?flexVolume.?secretRef.hasValue() ||
    volume.?rbd.?secretRef.hasValue() || volume.?cephfs.?secretRef.hasValue() || volume.?iscsi.?secretRef.hasValue() ||
    volume.?scaleIO.?secretRef.hasValue() || volume.?storageos.?secretRef.hasValue())
- name: does-not-ask
  expression: >-
    !(
    {{- include "latchkey.asks" . | nindent 4 }})
{{ include "latchkey.notLeftOut" . }}
{{- end -}}

{{- define "latchkey.notLeftOut" -}}
- name: not-opted-out
  expression: object.metadata.?annotations[?'latchkey.dev/injection'].orValue('') != 'disabled'
# By who creates it: anybody may write a mirror pod's annotation.
- name: not-a-mirror-pod
  expression: "!('system:nodes' in request.userInfo.?groups.orValue([]))"
{{- end -}}
