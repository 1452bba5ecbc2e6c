{{/* What the schema cannot say: values that need each other. */}}
{{- define "latchkey.checks" -}}
{{- if ge (include "latchkey.registration" .) "pod-identity-webhook" -}}
{{- fail "fullnameOverride: the registration must sort before pod-identity-webhook, as names that begin with latchkey do" -}}
{{- end -}}
{{- if and .Values.policy.content .Values.policy.existingConfigMap -}}
{{- fail "policy.content and policy.existingConfigMap exclude each other" -}}
{{- end -}}
{{- if and (eq .Values.identity.mode "controller") (not .Values.policy.content) (not .Values.policy.existingConfigMap) -}}
{{- fail "identity.mode=controller reads only what a policy allows: set policy.content or policy.existingConfigMap" -}}
{{- end -}}
{{- if and .Values.identity.roleArn (ne .Values.identity.mode "controller") -}}
{{- fail "identity.roleArn is the webhook's own role: it needs identity.mode=controller. Pods' roles are annotations of their service accounts" -}}
{{- end -}}
{{- if and (not .Values.adoption.enabled) (or .Values.adoption.clusterStores .Values.adoption.allowStaticKeys .Values.adoption.secretTypes) -}}
{{- fail "adoption.clusterStores, allowStaticKeys and secretTypes need adoption.enabled" -}}
{{- end -}}
{{- if and .Values.adoption.materialize.enabled (not .Values.adoption.enabled) -}}
{{- fail "adoption.materialize.enabled needs adoption.enabled: namespaces labelled materialize have their pods served too" -}}
{{- end -}}
{{- if and .Values.sealing.allowClusterWide (not (fromJsonArray (include "latchkey.keyNamespaces" .))) -}}
{{- fail "sealing.allowClusterWide needs sealing.keyNamespaces or sealing.ownKeys.enabled: without keys nothing opens" -}}
{{- end -}}
{{- if and .Values.extraCA.pem .Values.extraCA.existingConfigMap -}}
{{- fail "extraCA.pem and extraCA.existingConfigMap exclude each other" -}}
{{- end -}}
{{- if and (eq .Values.delivery.default "plaintext") (not .Values.delivery.allowPlaintext) -}}
{{- fail "delivery.default=plaintext needs delivery.allowPlaintext" -}}
{{- end -}}
{{- if and .Values.delivery.allowPlaintext (not .Values.callerAuth.mode) -}}
{{- fail "delivery.allowPlaintext puts values into the webhook's answers: set callerAuth.mode" -}}
{{- end -}}
{{- if eq .Values.callerAuth.mode "network" -}}
{{- if or (not .Values.networkPolicy.enabled) (not .Values.networkPolicy.webhookFrom) .Values.serve.hostNetwork -}}
{{- fail "callerAuth.mode=network needs networkPolicy.enabled, the control plane's addresses in networkPolicy.webhookFrom, and no serve.hostNetwork" -}}
{{- end -}}
{{- end -}}
{{- if and (eq .Values.callerAuth.mode "client-cert") (not .Values.callerAuth.clientCAConfigMap) -}}
{{- fail "callerAuth.mode=client-cert needs callerAuth.clientCAConfigMap" -}}
{{- end -}}
{{- if and .Values.tls.files.caBundle (ne .Values.tls.mode "files") -}}
{{- fail "tls.files.caBundle is for tls.mode=files: otherwise caBundle is written by the controller or cert-manager" -}}
{{- end -}}
{{- end -}}
