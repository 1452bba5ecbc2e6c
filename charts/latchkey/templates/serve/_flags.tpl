{{- define "latchkey.serveFlags" -}}
{{- $serve := .Values.serve -}}
- --listen=0.0.0.0:{{ $serve.ports.webhook }}
- --health-listen=0.0.0.0:{{ $serve.ports.health }}
- --tls-cert=/etc/latchkey/tls/tls.crt
- --tls-key=/etc/latchkey/tls/tls.key
- --key-file=/etc/latchkey/key/installation.key
- --identity={{ .Values.identity.mode }}
- --default-delivery={{ .Values.delivery.default }}
{{- if .Values.delivery.allowPlaintext }}
- --allow-plaintext
{{- end }}
{{- with .Values.callerAuth.mode }}
- --caller-auth={{ . }}
{{- if eq . "client-cert" }}
- --client-ca=/etc/latchkey/client-ca/ca.crt
{{- end }}
{{- end }}
- --token-audiences={{ join "," .Values.tokenAudiences }}
{{- if not .Values.leastPower.tokenCheck }}
- --token-check=off
{{- end }}
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
{{- if $serve.insecureStoreFileSecret }}
- --store-file=/etc/latchkey/store/secrets.yaml
- --insecure-store-file
{{- end }}
- --cache-ttl={{ .Values.aws.cacheTtl }}
- --max-stale={{ .Values.aws.maxStale }}
{{- if .Values.aws.dryRunOffline }}
- --dry-run-offline
{{- end }}
{{- if .Values.adoption.enabled }}
- --adoption
- --adopt-wait={{ .Values.adoption.wait }}
{{- with fromJsonArray (include "latchkey.namespaces" .) }}
- --namespaces={{ join "," . }}
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
{{- end }}
{{- with fromJsonArray (include "latchkey.keyNamespaces" .) }}
- --sealing-key-namespaces={{ join "," . }}
{{- end }}
{{- if .Values.sealing.allowClusterWide }}
- --allow-cluster-wide
{{- end }}
- --fetch-resources={{ .Values.fetch.resources }}
- --fetch-deadline={{ .Values.fetch.deadline }}
{{- if kindIs "slice" .Values.skipContainers }}
- --skip-containers={{ join "," .Values.skipContainers }}
{{- end }}
- --concurrency={{ $serve.concurrency }}
- --namespace-concurrency={{ $serve.namespaceConcurrency }}
- --max-body={{ $serve.maxBody }}
- --shutdown-delay={{ $serve.shutdown.delaySeconds }}s
- --shutdown-grace={{ $serve.shutdown.graceSeconds }}s
- --log-level={{ $serve.logLevel }}
{{- end -}}

{{- define "latchkey.serveVariables" -}}
# A variable, not a flag: kustomize can then let it follow the image.
- name: LATCHKEY_FETCH_IMAGE
  value: {{ include "latchkey.image" . }}
{{- include "latchkey.awsVariables" . }}
{{- end -}}

{{/* How AWS is reached. */}}
{{- define "latchkey.awsVariables" -}}
{{- if or .Values.extraCA.pem .Values.extraCA.existingConfigMap }}
- name: NODE_EXTRA_CA_CERTS
  value: /etc/latchkey/extra-ca/ca.crt
{{- end }}
{{- if or .Values.proxy.https .Values.proxy.http }}
- name: NODE_USE_ENV_PROXY
  value: '1'
{{- with .Values.proxy.https }}
- name: HTTPS_PROXY
  value: {{ . | quote }}
{{- end }}
{{- with .Values.proxy.http }}
- name: HTTP_PROXY
  value: {{ . | quote }}
{{- end }}
{{- with .Values.proxy.none }}
- name: NO_PROXY
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/*
Each is mounted at /etc/latchkey/NAME; 288 is 0440, which YAML 1.1 and 1.2 read differently. Keys are listed, so that a pod waits in ContainerCreating for a Secret that is still
empty, where without a list it would start and fail.
*/}}
{{- define "latchkey.serveVolumes" -}}
- name: tls
  secret:
    secretName: {{ include "latchkey.tlsSecret" . }}
    defaultMode: 288
    items:
      - { key: tls.crt, path: tls.crt }
      - { key: tls.key, path: tls.key }
- name: key
  secret:
    secretName: {{ include "latchkey.keySecret" . }}
    defaultMode: 288
    items:
      - { key: key, path: installation.key }
{{- if or .Values.policy.content .Values.policy.existingConfigMap }}
- name: policy
  configMap:
    name: {{ .Values.policy.existingConfigMap | default (printf "%s-policy" (include "latchkey.fullname" .)) }}
{{- end }}
{{- if eq .Values.callerAuth.mode "client-cert" }}
- name: client-ca
  configMap:
    name: {{ .Values.callerAuth.clientCAConfigMap }}
{{- end }}
{{- if or .Values.extraCA.pem .Values.extraCA.existingConfigMap }}
- name: extra-ca
  configMap:
    name: {{ .Values.extraCA.existingConfigMap | default (printf "%s-extra-ca" (include "latchkey.fullname" .)) }}
{{- end }}
{{- with .Values.serve.insecureStoreFileSecret }}
- name: store
  secret:
    secretName: {{ . }}
    defaultMode: 288
{{- end }}
{{- end -}}
